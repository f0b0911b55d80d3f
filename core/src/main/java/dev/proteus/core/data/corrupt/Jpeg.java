package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Baseline JPEG, coded and decoded: qualities on the scale of the Independent JPEG Group, chroma at
 * half the resolution (4:2:0).
 */
final class Jpeg {
  private static final double[][] CIFAR = {{80}, {65}, {58}, {50}, {40}};
  private static final double[][] IMAGENET = {{25}, {18}, {15}, {10}, {7}};

  private Jpeg() {}

  static Tensor apply(Tensor x, Level level, Draws draws) {
    float quality = quality(level.of(CIFAR, IMAGENET)[0]);
    int n = (int) x.size(0);
    int channels = (int) x.size(1);
    int height = (int) x.size(2);
    int width = (int) x.size(3);
    int length = channels * height * width;
    // rasters have the channels last
    byte[] pixels = x.permute(0, 2, 3, 1).to(DType.UINT8).toBytes();
    BufferedImage image =
        new BufferedImage(
            width,
            height,
            channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
    try {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(quality);
      int[] samples = new int[length];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < length; j++) {
          samples[j] = pixels[i * length + j] & 0xff;
        }
        image.getRaster().setPixels(0, 0, width, height, samples);
        decode(reader, encode(writer, param, image)).getPixels(0, 0, width, height, samples);
        for (int j = 0; j < length; j++) {
          pixels[i * length + j] = (byte) samples[j];
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("jpeg_compression: " + x.describe(), e);
    } finally {
      writer.dispose();
      reader.dispose();
    }
    return Tensor.of(pixels, n, height, width, channels)
        .to(DType.FLOAT64)
        .permute(0, 3, 1, 2)
        .contiguous();
  }

  /**
   * ImageIO's quality whose quantisation tables are those of this IJG quality: theirs are scaled by
   * whole percents, ImageIO's are not.
   */
  private static float quality(double ijg) {
    double percent = ijg < 50 ? Math.floor(5000 / ijg) : 200 - 2 * ijg;
    return (float) (percent > 100 ? 50 / percent : 1 - percent / 200);
  }

  private static byte[] encode(ImageWriter writer, ImageWriteParam param, BufferedImage image)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), param);
    }
    return bytes.toByteArray();
  }

  private static WritableRaster decode(ImageReader reader, byte[] jpeg) throws IOException {
    try (MemoryCacheImageInputStream in =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg))) {
      reader.setInput(in, true, true);
      return reader.read(0).getRaster();
    }
  }
}
