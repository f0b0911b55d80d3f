package dev.proteus.core.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TorchFileTest {
  private static final byte[] STORAGE = new byte[16];

  /** A tensor of the storage "0" as the pickler writes it, with MARKs for what a test puts in. */
  private static final String VIEW =
      "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\n%s\nX\1\0\0\0%sX\3\0\0\0cpu%stQ"
          + "%s(%st(%st\u0089ccollections\nOrderedDict\n)RtR";

  private static Path fixture(String name) {
    try {
      return Path.of(TorchFileTest.class.getResource("/fixtures/io/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertSame(Map<String, Tensor> actual, Map<String, Tensor> expected) {
    assertThat(actual).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (name, t) -> {
          assertThat(actual.get(name).describe()).as(name).isEqualTo(t.describe());
          assertThat(actual.get(name).toBytes()).as(name).isEqualTo(t.toBytes());
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"module", "protocol5", "views", "training"})
  void readsWhatTorchWrites(String name) throws IOException {
    assertSame(TorchFile.read(fixture(name + ".bin")), Fixture.read("io/" + name).group(""));
  }

  @Test
  void readsEveryType() throws IOException {
    Map<String, Tensor> expected = new LinkedHashMap<>(Fixture.read("io/dtypes").group(""));
    expected.remove("scalar");
    expected.remove("empty");
    assertSame(TorchFile.read(fixture("dtypes.bin")), expected);
    assertThat(expected).hasSize(DType.values().length);
  }

  @Test
  void sharedMemoryStaysSharedAndPrivate() throws IOException {
    Map<String, Tensor> views = TorchFile.read(fixture("views.bin"));
    assertThat(views.get("transposed").isContiguous()).isFalse();
    views.get("part").add_(100);
    assertThat(views.get("transposed").get(0).toFloats()).containsExactly(0, 106, 112, 18);
    assertThat(TorchFile.read(fixture("views.bin")).get("part").get(0).get(0).item()).isEqualTo(6);
    Map<String, Tensor> module = TorchFile.read(fixture("module.bin"));
    assertThat(module.get("0.weight").isAliasOf(module.get("1.weight"))).isTrue();
  }

  @Test
  void codeAndOldFormatsAreRefused() {
    assertThatThrownBy(() -> TorchFile.read(fixture("code.bin")))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            "(?s).*code.bin: at byte \\d+ of its pickle: it wants 'posix.system'.*");
    assertThatThrownBy(() -> TorchFile.read(fixture("legacy.bin")))
        .hasMessageContaining("legacy.bin: not a file of torch.save since version 1.6")
        .hasMessageContaining("safetensors.torch.save_file");
  }

  // ---- files made here ----

  private static byte[] zip(Map<String, byte[]> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> e : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(e.getKey());
        CRC32 crc = new CRC32();
        crc.update(e.getValue());
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(e.getValue().length);
        entry.setCrc(crc.getValue());
        out.putNextEntry(entry);
        out.write(e.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static Map<String, Tensor> read(byte[] file) throws IOException {
    Path path = Files.createTempFile("test", ".bin");
    try {
      Files.write(path, file);
      return TorchFile.read(path);
    } finally {
      Files.delete(path);
    }
  }

  private static Map<String, Tensor> read(String pickle) throws IOException {
    return read(zip(Map.of("a/data.pkl", pickle.getBytes(ISO_8859_1), "a/data/0", STORAGE)));
  }

  private static Map<String, Tensor> readView(
      String storage, String key, String numel, String offset, String size, String stride)
      throws IOException {
    String view = VIEW.formatted(storage, key, numel, offset, size, stride);
    return read("\u0080\2}X\1\0\0\0w" + view + "s.");
  }

  private static void refused(String pickle, String why) {
    assertThatThrownBy(() -> read(pickle))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(".bin: ")
        .hasMessageContaining(why);
  }

  @Test
  void viewsMustLieInTheirStorage() throws IOException {
    assertThat(readView("FloatStorage", "0", "K\4", "K\1", "K\3", "K\1").get("w").shape())
        .containsExactly(3);
    // Misaligned here, because this ZIP does not pad.
    assertThat(readView("DoubleStorage", "0", "K\2", "K\0", "K\2", "K\1").get("w").toDoubles())
        .containsExactly(0, 0);
    String[][] wrong = {
      {
        "FloatStorage",
        "0",
        "K\4",
        "K\2",
        "K\3",
        "K\1",
        "'w': shape [3] with strides [1] from element 2"
      },
      {"FloatStorage", "0", "K\4", "K\4", "", "", "'w': shape [] with strides [] from element 4"},
      {"FloatStorage", "0", "K\4", "K\0", "K\2K\2", "K\u00ffK\1", "'w': shape [2, 2]"},
      {"FloatStorage", "0", "K\5", "K\0", "K\1", "K\1", "'w': its storage should have 20 bytes"},
      {"FloatStorage", "7", "K\4", "K\0", "K\1", "K\1", "'w': its storage '7' is not in the file"},
      {"FloatStorage", "0", "K\4", "K\0", "K\1", "", "shape [1] and strides []"},
      {"FloatStorage", "0", "K\4", "J\u00ff\u00ff\u00ff\u00ff", "K\1", "K\1", "from -1 on"},
      {"FloatStorage", "0", "K\4", "K\0", "J\u00ff\u00ff\u00ff\u00ff", "K\1", "shape [-1]"},
      {"FloatStorage", "0", "K\4", "K\0", "K\1", "J\u00ff\u00ff\u00ff\u00ff", "strides [-1]"},
      {
        "FloatStorage",
        "0",
        "K\4",
        "K\0",
        "\u008a\10" + "\0".repeat(7) + "\100K\7",
        "K\0K\0",
        "a tensor of shape"
      },
      {
        "FloatStorage",
        "0",
        "\u008a\10" + "\u00ff".repeat(7) + "\177",
        "K\0",
        "K\1",
        "K\1",
        "a storage of"
      },
      {"FloatStorage", "0", "N", "K\0", "K\1", "K\1", "it is damaged"},
      {"FloatStorage", "0", "K\4", "K\0", "N", "K\1", "it is damaged"},
      {"QInt8Storage", "0", "K\4", "K\0", "K\1", "K\1", "it wants 'torch.QInt8Storage'"},
    };
    for (String[] w : wrong) {
      assertThatThrownBy(() -> readView(w[0], w[1], w[2], w[3], w[4], w[5]))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(w[6]);
    }
  }

  @Test
  void instructionsAndGlobalsAreRefusedByName() {
    refused("\u0080\2cbuiltins\neval\n.", "at byte 17 of its pickle: it wants 'builtins.eval'");
    refused("\u0080\4\u008c\2os\u008c\6system\u0093.", "it wants 'os.system'");
    refused("\u0080\2)\u0081.", "instruction NEWOBJ is refused");
    refused("(S'x'\nios\nsystem\n.", "instruction 0x53 is refused");
    refused("\u0080\2(ios\nsystem\n.", "instruction INST is refused");
    refused("\u0080\7.", "pickle protocol 7 is not known");
    refused(
        "\u0080\2ctorch\nFloatStorage\n)R.", "calls torch.FloatStorage, which is not a function");
    refused("\u0080\2]}b.", "sets the state of an object that is not a dictionary");
  }

  @Test
  void damageIsNamed() {
    refused("\u0080\2h\5.", "refers to object 5, which it has not made");
    refused("\u0080\2R.", "it is damaged");
    refused("\u0080\2}(K\1.", "expected a dictionary of tensors, it holds a long");
    refused("\u0080\2X\u00ff\u00ff\u00ff\177x.", "a string of 2147483647 bytes, but only 2 follow");
    refused("\u0080\2X\u00ff\u00ff\u00ff\u00ffx.", "a string of 4294967295 bytes");
    refused("\u0080\2\u008a\t123456789.", "a number has 9 bytes");
    refused("\u0080\2}", "it is damaged");
    refused("\u0080\2}}K\1s.", "a key of a dictionary is neither");
    refused("\u0080\2}X\1\0\0\0wK\1s.", "'w' is a long, expected tensors by name only");
    refused("\u0080\2}q\0X\1\0\0\0wh\0s.", "'w' is a dict");
    refused("\u0080\2]q\0h\0a.", "it holds a list");
    refused("\u0080\2}X\2\0\0\0w\nNs.", "'w?' is None");
  }

  @Test
  void zipsMustBeWhole() throws IOException {
    byte[] pickle = "\u0080\2}.".getBytes(ISO_8859_1);
    assertThat(read(zip(Map.of("a/data.pkl", pickle)))).isEmpty();
    assertThatThrownBy(() -> read(zip(Map.of("a/b/data.pkl", pickle))))
        .hasMessageContaining("it has no data.pkl");
    assertThatThrownBy(
            () ->
                read(zip(Map.of("a/data.pkl", pickle, "a/byteorder", "big".getBytes(ISO_8859_1)))))
        .hasMessageContaining("big-endian");
    byte[] whole = zip(Map.of("a/data.pkl", pickle));
    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length - 1)))
        .hasMessageContaining("it is no ZIP file, or not all of it");
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(deflated)) {
      out.putNextEntry(new ZipEntry("a/data.pkl"));
      out.write(pickle);
    }
    assertThatThrownBy(() -> read(deflated.toByteArray()))
        .hasMessageContaining("its entry 'a/data.pkl' is compressed");
  }

  @Test
  void directoriesOfMoreThan16BitsAreRead() throws IOException {
    Map<String, byte[]> many = new LinkedHashMap<>();
    for (int i = 0; i < 70_000; i++) {
      many.put("a/data/" + i, STORAGE);
    }
    String view = VIEW.formatted("FloatStorage", "0", "K\4", "K\0", "K\4", "K\1");
    many.put("a/data.pkl", ("\u0080\2}X\1\0\0\0w" + view + "s.").getBytes(ISO_8859_1));
    assertThat(read(zip(many)).get("w").toFloats()).containsExactly(0, 0, 0, 0);
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer local(String name) {
    return little(30 + name.length())
        .putInt(0x04034b50)
        .position(26)
        .putShort((short) name.length())
        .position(30)
        .put(name.getBytes(ISO_8859_1))
        .flip();
  }

  private static ByteBuffer central(String name, long bytes, long at) {
    return little(46 + name.length() + 28)
        .putInt(0x02014b50)
        .position(20)
        .putInt(-1)
        .putInt(-1)
        .putShort((short) name.length())
        .putShort((short) 28)
        .position(42)
        .putInt(-1)
        .put(name.getBytes(ISO_8859_1))
        .putShort((short) 1)
        .putShort((short) 24)
        .putLong(bytes)
        .putLong(bytes)
        .putLong(at)
        .flip();
  }

  @Test
  void filesOfMoreThan32BitsAreRead(@TempDir Path folder) throws IOException {
    long elements = (1L << 30) + 4;
    long at = 38 + 4 * elements;
    String number = new String(little(4).putInt((int) elements).array(), ISO_8859_1);
    String last = new String(little(4).putInt((int) elements - 2).array(), ISO_8859_1);
    String view = VIEW.formatted("FloatStorage", "0", "J" + number, "J" + last, "K\2", "K\1");
    ByteBuffer pickle = ByteBuffer.wrap(("\u0080\2}X\1\0\0\0w" + view + "s.").getBytes(ISO_8859_1));
    Path file = folder.resolve("large.bin");
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      out.write(local("a/data/0"), 0);
      out.write(little(8).putFloat(3).putFloat(4).flip(), at - 8);
      out.write(local("a/data.pkl"), at);
      out.write(pickle, at + 40);
      long directory = at + 40 + pickle.limit();
      ByteBuffer first = central("a/data/0", 4 * elements, 0);
      ByteBuffer second = central("a/data.pkl", pickle.limit(), at);
      int bytes = first.limit() + second.limit();
      out.write(first, directory);
      out.write(second, directory + first.limit());
      long end = directory + bytes;
      out.write(
          little(56).putInt(0x06064b50).position(40).putLong(bytes).putLong(directory).flip(), end);
      out.write(little(20).putInt(0x07064b50).putInt(0).putLong(end).putInt(1).flip(), end + 56);
      out.write(
          little(22).putInt(0x06054b50).position(12).putInt(-1).putInt(-1).position(22).flip(),
          end + 76);
    }
    assertThat(TorchFile.read(file).get("w").toFloats()).containsExactly(3, 4);
  }

  @Property
  void damagedFilesAreRefusedOrReadAsTheyAre(
      @ForAll @IntRange(max = 2696) int at,
      @ForAll byte value,
      @ForAll @IntRange(max = 760) int inPickle,
      @ForAll byte other,
      @ForAll @IntRange(max = 2696) int cut)
      throws IOException {
    byte[] bytes = Files.readAllBytes(fixture("views.bin"));
    bytes[at] = value;
    bytes[64 + inPickle] = other; // where the pickle lies
    for (byte[] damaged : new byte[][] {bytes, Arrays.copyOf(bytes, cut)}) {
      try (Scope s = Scope.open()) {
        read(damaged).values().stream().filter(t -> t.numel() < 1000).forEach(Tensor::toDoubles);
      } catch (IOException e) {
        assertThat(e.getMessage()).contains(".bin").hasSizeLessThan(1000);
      }
    }
  }
}
