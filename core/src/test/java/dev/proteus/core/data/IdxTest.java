package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdxTest {
  private static final double[] VALUES = {0, 1, 100, 7, 42, 3};

  @TempDir private Path folder;

  /** A 2 by 3 array in the given element type. */
  private static byte[] idx(int type) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(new byte[] {0, 0, (byte) type, 2});
    out.writeInt(2);
    out.writeInt(3);
    for (double v : VALUES) {
      switch (type) {
        case 0x08, 0x09 -> out.writeByte((int) v);
        case 0x0B -> out.writeShort((int) v);
        case 0x0C -> out.writeInt((int) v);
        case 0x0D -> out.writeFloat((float) v);
        default -> out.writeDouble(v);
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("a.idx"), bytes);
  }

  @ParameterizedTest
  @CsvSource({"8,UINT8", "9,INT8", "11,INT16", "12,INT32", "13,FLOAT32", "14,FLOAT64"})
  void everyTypeIsReadPlainAndCompressed(int type, DType expected) throws IOException {
    for (byte[] bytes : new byte[][] {idx(type), gzip(idx(type))}) {
      Tensor t = Idx.read(file(bytes));
      assertThat(t.dtype()).isEqualTo(expected);
      assertThat(t.shape()).containsExactly(2, 3);
      assertThat(t.toDoubles()).isEqualTo(VALUES);
    }
  }

  private void refused(byte[] bytes, String... said) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> Idx.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.idx")
        .hasMessageContainingAll(said);
  }

  private static byte[] changed(Consumer<byte[]> change) throws IOException {
    byte[] bytes = idx(8);
    change.accept(bytes);
    return bytes;
  }

  @Test
  void whatIsNotIdxIsRefused() throws IOException {
    refused(new byte[0], "not an IDX file", "with nothing");
    refused(
        "PK\3\4 and so on".getBytes(StandardCharsets.US_ASCII), "not an IDX file", "50 4b 03 04");
    refused(changed(b -> b[2] = 0x0A), "unknown IDX element type", "00 00 0a 02");
    refused(Arrays.copyOf(idx(8), 9), "truncated in its header of 2 sizes");
  }

  @Test
  void sizesThatTheFileDoesNotHaveAreRefusedWithoutAllocating() throws IOException {
    refused(changed(b -> b[4] = 0x7f), "announces 6392119302 bytes", "cannot hold them");
    refused(changed(b -> Arrays.fill(b, 4, 12, (byte) 0xff)), "impossible shape");
    refused(changed(b -> b[11] = 2), "more data than the 4 bytes");
    refused(Arrays.copyOf(idx(8), 17), "truncated", "announces 6 bytes", "5 follow");
    refused(gzip(changed(b -> b[4] = 0x7f)), "cannot hold them");
    refused(gzip(changed(b -> b[11] = 4)), "truncated", "announces 8 bytes", "6 follow");
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 12, 20, 30, 40})
  void aCutOffCompressedFileIsRefused(int length) throws IOException {
    refused(Arrays.copyOf(gzip(idx(13)), length), "");
  }

  @Test
  void brokenCompressedDataAreRefused() throws IOException {
    byte[] bytes = gzip(idx(14));
    bytes[bytes.length - 6] ^= 0x55; // the checksum
    refused(bytes, "broken gzip data");
  }
}
