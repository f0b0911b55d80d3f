package dev.proteus.core.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OnnxFileTest {
  /** Writes messages; what the reader has to understand. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message bytes(int field, byte[] value) {
      varint(((long) field << 3) | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return bytes(field, value.out.toByteArray());
    }

    Message floating(int field, float value) {
      varint(((long) field << 3) | 5);
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
      return this;
    }

    private void varint(long v) {
      long rest = v;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }

  private static Message tensor(String name, int type, long... dims) {
    Message t = new Message().text(8, name).number(2, type);
    for (long d : dims) {
      t.number(1, d);
    }
    return t;
  }

  private static OnnxFile read(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("test", ".onnx");
    try {
      Files.write(file, bytes);
      return OnnxFile.read(file);
    } finally {
      Files.delete(file);
    }
  }

  private static OnnxFile read(Message... tensors) throws IOException {
    Message graph = new Message();
    for (Message t : tensors) {
      graph.message(5, t);
    }
    return read(new Message().number(1, 8).message(7, graph).out.toByteArray());
  }

  private static Path fixture() {
    try {
      return Path.of(OnnxFileTest.class.getResource("/fixtures/io/network.onnx").toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void readsWhatTorchExports() throws IOException {
    OnnxFile file = OnnxFile.read(fixture());
    Fixture state = Fixture.read("io/network");
    for (String name : new String[] {"words.weight", "query.bias", "out.bias"}) {
      assertThat(file.initializers().get(name).equal(state.get(name))).as(name).isTrue();
    }
    OnnxFile.Node query =
        file.nodes().stream()
            .filter(n -> n.name().equals("/query/MatMul"))
            .findFirst()
            .orElseThrow();
    assertThat(query.type()).isEqualTo("MatMul");
    Tensor weight = file.initializers().get(query.inputs().get(1));
    assertThat(weight.t().equal(state.get("query.weight"))).isTrue();
  }

  @Test
  void dataMayBeInAnyField() throws IOException {
    byte[] raw = Tensor.of(new float[] {1, 2}, 2).toBytes();
    OnnxFile file =
        read(
            tensor("raw", 1, 1, 2).bytes(9, raw),
            tensor("packed", 1, 2).bytes(4, raw),
            tensor("single", 1, 2).floating(4, 1).floating(4, 2),
            tensor("doubles", 11, 1).bytes(10, Tensor.of(new double[] {7}, 1).toBytes()),
            tensor("longs", 7, 2).number(7, -5).number(7, 6),
            new Message()
                .text(8, "dims")
                .number(2, 7)
                .bytes(1, new byte[] {1, 2})
                .bytes(7, new byte[] {3, 4}),
            tensor("bytes", 3, 2).number(5, -5).number(5, 6),
            tensor("half", 10, 1).number(5, 0x3c00),
            tensor("unsigned", 13, 1).number(11, 9),
            tensor("scalar", 1).floating(4, 3),
            tensor("empty", 1, 0, 3));
    assertThat(file.initializers().get("raw").shape()).containsExactly(1, 2);
    for (String name : new String[] {"raw", "packed", "single"}) {
      assertThat(file.initializers().get(name).toFloats()).containsExactly(1, 2);
    }
    assertThat(file.initializers().get("doubles").toDoubles()).containsExactly(7);
    assertThat(file.initializers().get("longs").toLongs()).containsExactly(-5, 6);
    assertThat(file.initializers().get("dims").shape()).containsExactly(1, 2);
    assertThat(file.initializers().get("dims").toLongs()).containsExactly(3, 4);
    assertThat(file.initializers().get("bytes").toLongs()).containsExactly(-5, 6);
    assertThat(file.initializers().get("bytes").dtype()).isEqualTo(DType.INT8);
    assertThat(file.initializers().get("half").item()).isEqualTo(1);
    assertThat(file.initializers().get("unsigned").to(DType.INT64).itemLong()).isEqualTo(9);
    assertThat(file.initializers().get("scalar").shape()).isEmpty();
    assertThat(file.initializers().get("empty").shape()).containsExactly(0, 3);
  }

  @Test
  void whatCannotBeReadIsRefusedByName() {
    Message external = new Message().text(1, "location").text(2, "weights.bin");
    refused(tensor("w", 1, 2).message(13, external).number(14, 1), "'w' keeps its data in another");
    refused(tensor("w", 8, 2), "'w' has elements of ONNX type 8");
    refused(tensor("w", (1 << 31) + 1, 2), "'w' has elements of ONNX type");
    refused(
        tensor("w", 1, 2).bytes(9, new byte[9]),
        "'w' FLOAT32 [2] needs 8 bytes, but the file has 9");
    refused(tensor("w", 1, 1L << 40, 1L << 40), "'w' shape [1099511627776, 1099511627776] is not");
    refused(tensor("w", 1, -1), "'w' shape [-1] is not possible");
    refused(tensor("w", 1, 0, 1L << 62), "'w' shape");
    refused(
        tensor("w", 1, 1).number(5, 1), "'w' of type FLOAT32 has its data in a field of another");
    refused(tensor("w", 1, new long[65]), "more than 64 dimensions");
    refused(tensor("w\n", 1, 1), "'w?' FLOAT32 [1] needs 4");
    assertThatThrownBy(() -> read(tensor("w", 1, 0), tensor("w", 1, 0)))
        .hasMessageContaining("'w' is there twice");
  }

  private static void refused(Message tensor, String why) {
    assertThatThrownBy(() -> read(tensor))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(".onnx: ")
        .hasMessageContaining(why);
  }

  @Test
  void otherFilesAreRefused() {
    assertThatThrownBy(() -> read(new byte[0])).hasMessageContaining("not an ONNX file");
    assertThatThrownBy(() -> read(new byte[] {8, 8})).hasMessageContaining("holds no graph");
    assertThatThrownBy(() -> read("PK\3\4 zip".getBytes(StandardCharsets.US_ASCII)))
        .hasMessageContaining("not a protocol buffer");
  }

  @Property
  void damagedFilesAreRefusedOrReadAsTheyAre(
      @ForAll @IntRange(max = 816) int at, @ForAll byte value, @ForAll @IntRange(max = 816) int cut)
      throws IOException {
    byte[] bytes = Files.readAllBytes(fixture());
    bytes[at % bytes.length] = value;
    for (byte[] damaged : new byte[][] {bytes, Arrays.copyOf(bytes, cut)}) {
      try {
        read(damaged).initializers().values().forEach(Tensor::toDoubles);
      } catch (IOException e) {
        assertThat(e.getMessage()).contains(".onnx: ").hasSizeLessThan(1000);
      }
    }
  }
}
