package dev.proteus.models.mobilenet;

import java.util.ArrayList;
import java.util.List;

/**
 * Shape of a {@link MobileNetV3}.
 *
 * @param channels of the image
 * @param stem channels after the first convolution
 * @param stages the blocks of each stage
 * @param last channels of the last 1x1 convolution over the image
 * @param features channels of the layer between pooling and classifier
 * @param classes outputs; 0 for those features
 * @param eps of all batch norms
 * @param momentum of all batch norms
 * @param dropout before the classifier, in training
 */
public record MobileNetV3Config(
    int channels,
    int stem,
    List<List<Block>> stages,
    int last,
    int features,
    int classes,
    double eps,
    double momentum,
    double dropout) {

  /**
   * Shape of a block.
   *
   * @param kernel of the depthwise convolution
   * @param inner channels of the depthwise convolution
   * @param squeeze channels of the squeeze-and-excitation, or 0 for none
   * @param hardSwish the nonlinearity: hard-swish, or else ReLU
   */
  public record Block(
      int kernel, int stride, int in, int inner, int out, int squeeze, boolean hardSwish) {}

  /** Blocks in a row; the stride is of the first, the expansion in proportion to the input. */
  private record Row(
      int kernel, int stride, double expansion, int out, boolean se, boolean hardSwish, int n) {}

  private static final List<List<Row>> SMALL =
      List.of(
          List.of(new Row(3, 2, 1, 16, true, false, 1)),
          List.of(
              new Row(3, 2, 4.5, 24, false, false, 1), new Row(3, 1, 3.67, 24, false, false, 1)),
          List.of(new Row(5, 2, 4, 40, true, true, 1), new Row(5, 1, 6, 40, true, true, 2)),
          List.of(new Row(5, 1, 3, 48, true, true, 2)),
          List.of(new Row(5, 2, 6, 96, true, true, 3)));

  private static final List<List<Row>> LARGE =
      List.of(
          List.of(new Row(3, 1, 1, 16, false, false, 1)),
          List.of(new Row(3, 2, 4, 24, false, false, 1), new Row(3, 1, 3, 24, false, false, 1)),
          List.of(new Row(5, 2, 3, 40, true, false, 3)),
          List.of(
              new Row(3, 2, 6, 80, false, true, 1),
              new Row(3, 1, 2.5, 80, false, true, 1),
              new Row(3, 1, 2.3, 80, false, true, 2)),
          List.of(new Row(3, 1, 6, 112, true, true, 2)),
          List.of(new Row(5, 2, 6, 160, true, true, 3)));

  private static final int STEM = 16;

  /** The larger network of the paper; {@code width} multiplies the channels. */
  static MobileNetV3Config large(
      double width, int channels, int classes, double eps, double momentum, double dropout) {
    return of(LARGE, width, 960, 1280, channels, classes, eps, momentum, dropout);
  }

  /** The smaller network of the paper; {@code width} multiplies the channels. */
  static MobileNetV3Config small(
      double width, int channels, int classes, double eps, double momentum, double dropout) {
    return of(SMALL, width, 576, 1024, channels, classes, eps, momentum, dropout);
  }

  private static MobileNetV3Config of(
      List<List<Row>> rows,
      double width,
      int last,
      int features,
      int channels,
      int classes,
      double eps,
      double momentum,
      double dropout) {
    // timm leaves the stem as it is in its narrowest networks.
    int stem = width < 0.75 ? STEM : byEight(STEM * width);
    int in = stem;
    List<List<Block>> stages = new ArrayList<>();
    for (List<Row> stage : rows) {
      List<Block> blocks = new ArrayList<>();
      for (Row r : stage) {
        int out = byEight(r.out() * width);
        for (int i = 0; i < r.n(); i++) {
          int inner = byEight(in * r.expansion());
          int squeeze = r.se() ? byEight(inner / 4.0) : 0;
          int stride = i == 0 ? r.stride() : 1;
          blocks.add(new Block(r.kernel(), stride, in, inner, out, squeeze, r.hardSwish()));
          in = out;
        }
      }
      stages.add(List.copyOf(blocks));
    }
    return new MobileNetV3Config(
        channels,
        stem,
        List.copyOf(stages),
        byEight(last * width),
        features,
        classes,
        eps,
        momentum,
        dropout);
  }

  /** The nearest multiple of 8, but not less than nine tenths of {@code channels}. */
  private static int byEight(double channels) {
    int near = Math.max(8, (int) (channels + 4) / 8 * 8);
    return near < 0.9 * channels ? near + 8 : near;
  }
}
