package dev.proteus.core.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  @TempDir Path folder;

  /** The records of a file; fails where a length or a CRC is wrong. */
  private static List<byte[]> records(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertThat(unmasked(in.getInt())).isEqualTo(crc(length));
      byte[] data =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(data);
      assertThat(unmasked(in.getInt())).isEqualTo(crc(data));
      records.add(data);
    }
    return records;
  }

  private static int unmasked(int masked) {
    return Integer.rotateLeft(masked - 0xa282ead8, 15);
  }

  private static int crc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return (int) crc.getValue();
  }

  @Test
  void recordsHaveTheirLengthsAndChecksums() throws IOException {
    try (EventFile events = new EventFile(folder, 0)) {
      events.scalar("loss", 300, 0.5);
      events.text("config", 1, "lr = **0.1**");
      events.flush();
      assertThat(records(events.path())).hasSize(4);
      assertThat(events.path().getFileName().toString()).contains("tfevents");
      byte[] data = records(events.path()).get(2);
      ByteBuffer event = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
      // step = 2 (varint 300), summary = 5 { value = 1 { tag = 1, simple_value = 2 } }, wall_time =
      // 1
      assertThat(HexFormat.of().formatHex(data, 0, 14))
          .isEqualTo("10ac02" + "2a0d0a0b" + "0a046c6f7373" + "15");
      assertThat(event.getFloat(14)).isEqualTo(0.5f);
      assertThat(event.get(18)).isEqualTo((byte) 0x09);
      assertThat(event.getDouble(19)).isBetween(1.7e9, System.currentTimeMillis() / 1e3);
    }
    String version = new String(records(onlyFile()).get(0), StandardCharsets.UTF_8);
    assertThat(version).contains("brain.Event:2");
  }

  @Test
  void twoFilesOfOneFolderHaveNamesInOrder() {
    try (EventFile first = new EventFile(folder, 0);
        EventFile second = new EventFile(folder, 10)) {
      assertThat(first.path().toString()).isLessThan(second.path().toString());
    }
  }

  private Path onlyFile() throws IOException {
    try (var files = Files.list(folder)) {
      return files.findFirst().orElseThrow();
    }
  }
}
