package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.io.Safetensors;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The images are Pillow's, made by reference/make_data_fixtures.py. */
class ImageFolderTest {
  private static final Path IMAGES = NpyTest.FIXTURES.resolve("images");

  @TempDir private Path folder;

  private static Map<String, Tensor> expected() throws IOException {
    return Safetensors.read(NpyTest.FIXTURES.resolve("images.safetensors")).tensors();
  }

  private static double distance(Tensor a, Tensor b) {
    assertThat(a.describe()).isEqualTo(b.describe());
    return a.to(DType.FLOAT32).sub(b.to(DType.FLOAT32)).abs().amax().item();
  }

  @ParameterizedTest
  @CsvSource({
    "colour.png,0",
    "gray.png,0",
    "alpha.png,0",
    "gray_alpha.png,0",
    "palette.png,0",
    // Two JPEG decoders may round differently.
    "photo.jpg,2",
    "gray.jpg,2",
  })
  void imagesAreDecodedAsPillowDoes(String name, double tolerance) throws IOException {
    Path file = IMAGES.resolve(name);
    assertThat(distance(ImageFile.read(file, false), expected().get(name + ".rgb")))
        .isLessThanOrEqualTo(tolerance);
    assertThat(distance(ImageFile.read(file, true), expected().get(name + ".gray")))
        .isLessThanOrEqualTo(tolerance + 1); // luma: Pillow rounds in fixed point
  }

  private Path put(String image, String to) throws IOException {
    Path target = folder.resolve(to);
    Files.createDirectories(target.getParent());
    return Files.copy(IMAGES.resolve(image), target);
  }

  @Test
  void classesAreSortedFoldersAndImagesAreResized() throws IOException {
    put("colour.png", "zebra/b.PNG");
    put("photo.jpg", "zebra/a.jpeg");
    put("gray.png", "ant/c.png");
    put("gray.png", ".cache/d.png");
    Files.writeString(folder.resolve("ant/notes.txt"), "not an image");
    ImageFolder data = new ImageFolder(folder, new ImageFolder.Size(3, 5, 7));
    assertThat(data.classNames()).containsExactly("ant", "zebra");
    assertThat(data.targets().toLongs()).containsExactly(0, 1, 1);
    assertThat(data.files().stream().map(f -> f.getFileName().toString()))
        .containsExactly("c.png", "a.jpeg", "b.PNG");
    Batch b = data.get(new long[] {2, 0});
    assertThat(b.input().describe()).isEqualTo("[2, 3, 5, 7] uint8");
    assertThat(b.target().toLongs()).containsExactly(1, 0);
    assertThat(distance(b.input().get(0), expected().get("colour.small"))).isLessThanOrEqualTo(1);
    Dataset gray = new ImageFolder(folder, new ImageFolder.Size(1, 12, 16)).map(Images::unit);
    Tensor x = gray.get(new long[] {0}).input();
    assertThat(x.describe()).isEqualTo("[1, 1, 12, 16] float32");
    assertThat(distance(x.get(0).mul(255).round().to(DType.UINT8), expected().get("gray.png.gray")))
        .isZero();
  }

  private void broken(byte[] bytes, String name) throws IOException {
    Path file = folder.resolve("c/" + name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    ImageFolder data = new ImageFolder(folder, new ImageFolder.Size(1, 4, 4));
    assertThatThrownBy(() -> data.get(new long[] {0}))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("cannot be decoded");
    Files.delete(file);
  }

  @Test
  void brokenImagesAreNamed() throws IOException {
    broken(new byte[0], "empty.png");
    broken("text".getBytes(StandardCharsets.US_ASCII), "text.png");
    byte[] png = Files.readAllBytes(IMAGES.resolve("colour.png"));
    broken(Arrays.copyOf(png, 90), "cut.png");
    byte[] jpeg = Files.readAllBytes(IMAGES.resolve("photo.jpg"));
    broken(Arrays.copyOf(jpeg, jpeg.length - 60), "cut.jpg");
    broken(Arrays.copyOf(jpeg, 100), "start.jpg");
    // A header that announces 60,000 by 60,000 pixels, with its checksum right.
    ByteBuffer huge = ByteBuffer.wrap(png.clone()).putInt(16, 60_000).putInt(20, 60_000);
    CRC32 crc = new CRC32();
    crc.update(huge.array(), 12, 17);
    broken(huge.putInt(29, (int) crc.getValue()).array(), "huge.png");
  }

  @Test
  void aFolderWithoutImagesIsRefused() throws IOException {
    Files.createDirectories(folder.resolve("cats"));
    assertThatThrownBy(() -> new ImageFolder(folder, new ImageFolder.Size(1, 4, 4)))
        .hasMessageContaining("no images; expected class/*.png");
    assertThatThrownBy(() -> new ImageFolder.Size(2, 4, 4)).hasMessageContaining("1 or 3 channels");
  }
}
