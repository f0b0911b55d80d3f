package dev.proteus.core.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;

/** Damaged files are refused by a clean exception, or are what they now say. */
class SafetensorsFuzzTest {
  private static final byte[] WHOLE = whole();
  private static final Path FILE = file();

  /** Bytes (as Latin-1) at a place, over what is there or in between. */
  private record Edit(int at, String bytes, boolean insert) {}

  private static byte[] whole() {
    try (InputStream in =
        SafetensorsFuzzTest.class.getResourceAsStream("/fixtures/io/dtypes.safetensors")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path file() {
    try {
      return Files.createTempFile("fuzz", ".safetensors");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterContainer
  static void delete() throws IOException {
    Files.delete(FILE);
  }

  /** Any byte anywhere, or a piece of JSON that a parser may stumble on. */
  @Provide
  Arbitrary<List<Edit>> edits() {
    Arbitrary<String> any =
        Arbitraries.strings().withCharRange('\0', '\u00ff').ofMinLength(1).ofMaxLength(3);
    Arbitrary<String> json =
        Arbitraries.of("{", "}", "[", "]", ",", ":", "\"", "0", "9", "-", "e9", "null", "\\ud800");
    return Combinators.combine(
            Arbitraries.integers().between(0, WHOLE.length - 1),
            Arbitraries.oneOf(any, json),
            Arbitraries.of(true, false))
        .as(Edit::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4);
  }

  @Property
  void editedFilesAreRefusedOrReadAsTheyAre(@ForAll("edits") List<Edit> edits) throws IOException {
    StringBuilder text = new StringBuilder(new String(WHOLE, ISO_8859_1));
    for (Edit e : edits) {
      text.replace(e.at, e.at + (e.insert ? 0 : e.bytes.length()), e.bytes);
    }
    byte[] bytes = text.toString().getBytes(ISO_8859_1);
    Files.write(FILE, bytes);
    check(bytes);
  }

  private static void check(byte[] bytes) throws IOException {
    try (Scope s = Scope.open()) {
      Safetensors read = Safetensors.read(FILE);
      SafetensorsHeader header = Safetensors.header(FILE);
      assertThat(read.tensors()).containsOnlyKeys(header.tensors().keySet());
      header
          .tensors()
          .forEach(
              (name, e) -> {
                int start = (int) header.dataStart();
                assertThat(read.tensors().get(name).toBytes())
                    .isEqualTo(
                        Arrays.copyOfRange(bytes, start + (int) e.begin(), start + (int) e.end()));
                assertThat(read.tensors().get(name).dtype()).isEqualTo(e.dtype());
              });
    } catch (SafetensorsException e) {
      assertThat(e.getMessage()).startsWith(FILE + ": ").hasSizeLessThan(1000);
    }
  }

  @Property
  void truncatedFilesAreRefused(@ForAll @IntRange(min = 1) int missing) throws IOException {
    int length = WHOLE.length - 1 - missing % WHOLE.length;
    Files.write(FILE, Arrays.copyOf(WHOLE, length));
    assertThatThrownBy(() -> Safetensors.read(FILE)).isInstanceOf(SafetensorsException.class);
  }
}
