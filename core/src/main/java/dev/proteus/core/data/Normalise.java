package dev.proteus.core.data;

import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Centres and scales images channel by channel.
 *
 * <pre>  y[n,c] = (unit(x)[n,c] - mean[c]) / std[c]      x: uint8 or float [N,C,H,W]  </pre>
 *
 * @param mean one a channel, of images in [0, 1]
 * @param std one a channel, above 0
 */
public record Normalise(List<Double> mean, List<Double> std) implements UnaryOperator<Tensor> {
  public Normalise {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.isEmpty() || mean.size() != std.size()) {
      throw new IllegalArgumentException(
          "one mean and one std a channel, but got " + mean.size() + " and " + std.size());
    }
    for (double s : std) {
      if (!(s > 0)) {
        throw new IllegalArgumentException("std must be above 0, but is " + s);
      }
    }
  }

  @Override
  public Tensor apply(Tensor images) {
    if (images.dim() != 4 || images.size(1) != mean.size()) {
      throw new IllegalArgumentException(
          "normalises images [N, " + mean.size() + ", H, W], but these are " + images.describe());
    }
    Tensor x = Images.unit(images);
    return x.sub(channels(mean, x)).div_(channels(std, x));
  }

  private static Tensor channels(List<Double> values, Tensor like) {
    double[] v = values.stream().mapToDouble(Double::doubleValue).toArray();
    return Tensor.of(v, 1, v.length, 1, 1).toLike(like);
  }
}
