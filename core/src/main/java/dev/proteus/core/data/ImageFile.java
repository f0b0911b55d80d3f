package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** One PNG or JPEG file, decoded to bytes. */
final class ImageFile {
  /** A file of a few bytes can announce a gigantic image. */
  private static final long MOST_PIXELS = 1L << 27;

  private ImageFile() {}

  /**
   * Decodes a file.
   *
   * @param gray whether to weight the colours to luma, 0.299 R + 0.587 G + 0.114 B
   * @return uint8 [1,H,W] or [3,H,W]; transparency is ignored
   * @throws IOException naming the file, if it is broken
   */
  static Tensor read(Path file, boolean gray) throws IOException {
    BufferedImage image;
    try {
      image = decode(file);
    } catch (IOException | RuntimeException e) {
      throw new IOException(file + ": cannot be decoded as an image: " + e.getMessage(), e);
    }
    int h = image.getHeight();
    int w = image.getWidth();
    byte[][] planes = isGray(image) ? grayPlanes(image, gray ? 1 : 3) : colourPlanes(image, gray);
    byte[] all = new byte[planes.length * h * w];
    for (int c = 0; c < planes.length; c++) {
      System.arraycopy(planes[c], 0, all, c * h * w, h * w);
    }
    return Tensor.of(all, planes.length, h, w);
  }

  private static BufferedImage decode(Path file) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      if (in == null) {
        throw new IOException("the file cannot be opened");
      }
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new IOException("neither PNG nor JPEG");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MOST_PIXELS) {
          throw new IOException(pixels + " pixels are more than " + MOST_PIXELS);
        }
        // A JPEG that was cut off is no error to the decoder, only a warning.
        AtomicReference<String> cutOff = new AtomicReference<>();
        reader.addIIOReadWarningListener(
            (source, warning) -> {
              if (warning.contains("premature end") || warning.contains("Missing EOI")) {
                cutOff.set(warning);
              }
            });
        BufferedImage image = reader.read(0);
        if (cutOff.get() != null) {
          throw new IOException(cutOff.get());
        }
        return image;
      } finally {
        reader.dispose();
      }
    }
  }

  private static boolean isGray(BufferedImage image) {
    return image.getRaster().getNumBands() <= 2
        && !(image.getColorModel() instanceof IndexColorModel);
  }

  /** Stored values; getRGB would take them as linear light and brighten them. */
  private static byte[][] grayPlanes(BufferedImage image, int channels) {
    int w = image.getWidth();
    int h = image.getHeight();
    int[] samples = image.getRaster().getSamples(0, 0, w, h, 0, (int[]) null);
    int bits = image.getColorModel().getComponentSize(0);
    byte[] plane = new byte[samples.length];
    for (int i = 0; i < samples.length; i++) {
      plane[i] = (byte) (samples[i] >> (bits - 8));
    }
    byte[][] planes = new byte[channels][];
    Arrays.fill(planes, plane);
    return planes;
  }

  private static byte[][] colourPlanes(BufferedImage image, boolean gray) {
    int w = image.getWidth();
    int h = image.getHeight();
    int[] rgb = image.getRGB(0, 0, w, h, null, 0, w);
    byte[][] planes = new byte[gray ? 1 : 3][rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      int r = (rgb[i] >> 16) & 0xff;
      int g = (rgb[i] >> 8) & 0xff;
      int b = rgb[i] & 0xff;
      if (gray) {
        planes[0][i] = (byte) ((299 * r + 587 * g + 114 * b + 500) / 1000);
      } else {
        planes[0][i] = (byte) r;
        planes[1][i] = (byte) g;
        planes[2][i] = (byte) b;
      }
    }
    return planes;
  }
}
