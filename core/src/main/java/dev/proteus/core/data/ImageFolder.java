package dev.proteus.core.data;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Images in a folder for each class ({@code folder/class/name.png}), decoded when they are asked
 * for. Classes are the subfolders in alphabetical order, hidden ones left out.
 */
public final class ImageFolder implements Dataset {
  private final List<Path> files = new ArrayList<>();
  private final Tensor targets;
  private final List<String> classNames;
  private final Size size;

  /**
   * What images are turned into.
   *
   * @param channels 1 (gray) or 3 (red, green, blue)
   */
  public record Size(int channels, int height, int width) {
    public Size {
      if ((channels != 1 && channels != 3) || height < 1 || width < 1) {
        throw new IllegalArgumentException(
            "images have 1 or 3 channels and a size above 0, but got "
                + channels
                + " channels, "
                + height
                + " by "
                + width);
      }
    }
  }

  /**
   * Lists the images; none is decoded yet.
   *
   * @param size what each image is resized to, bilinearly (smoothed where it shrinks)
   * @throws IOException if there is no class folder with images
   */
  public ImageFolder(Path folder, Size size) throws IOException {
    this.size = size;
    List<String> names = new ArrayList<>();
    List<Long> labels = new ArrayList<>();
    for (Path sub : sorted(folder)) {
      if (Files.isDirectory(sub)) {
        List<Path> images = sorted(sub).stream().filter(ImageFolder::isImage).toList();
        images.forEach(i -> labels.add((long) names.size()));
        files.addAll(images);
        names.add(sub.getFileName().toString());
      }
    }
    if (files.isEmpty()) {
      throw new IOException(folder + ": no images; expected class/*.png, *.jpg or *.jpeg");
    }
    classNames = List.copyOf(names);
    targets =
        Tensor.of(labels.stream().mapToLong(Long::longValue).toArray(), labels.size()).retain();
  }

  /** Whether a folder looks like this: a subfolder has an image. */
  static boolean matches(Path folder) throws IOException {
    for (Path sub : sorted(folder)) {
      if (Files.isDirectory(sub) && sorted(sub).stream().anyMatch(ImageFolder::isImage)) {
        return true;
      }
    }
    return false;
  }

  private static List<Path> sorted(Path folder) throws IOException {
    try (Stream<Path> in = Files.list(folder)) {
      return in.filter(p -> !p.getFileName().toString().startsWith(".")).sorted().toList();
    }
  }

  private static boolean isImage(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return Files.isRegularFile(file)
        && (name.endsWith(".png") || name.endsWith(".jpg") || name.endsWith(".jpeg"));
  }

  /** The image files, in the order of the samples. */
  public List<Path> files() {
    return List.copyOf(files);
  }

  @Override
  public int size() {
    return files.size();
  }

  /**
   * Input uint8 [N,C,H,W].
   *
   * @throws UncheckedIOException naming the file that could not be decoded
   */
  @Override
  public Batch get(long[] indices) {
    List<Tensor> images = new ArrayList<>();
    for (long i : indices) {
      images.add(image(files.get(Math.toIntExact(i))));
    }
    Tensor index = Tensor.of(indices, indices.length);
    return new Batch(Tensor.stack(0, images), targets.indexSelect(0, index));
  }

  private Tensor image(Path file) {
    Tensor x;
    try {
      x = ImageFile.read(file, size.channels() == 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (x.size(1) == size.height() && x.size(2) == size.width()) {
      return x;
    }
    Tensor large = x.to(DType.FLOAT32).unsqueeze(0);
    return F.upsampleBilinearSmooth(large, size.height(), size.width())
        .round()
        .clamp_(0, 255)
        .to(DType.UINT8)
        .squeeze(0);
  }

  @Override
  public int classes() {
    return classNames.size();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public Tensor targets() {
    return targets;
  }
}
