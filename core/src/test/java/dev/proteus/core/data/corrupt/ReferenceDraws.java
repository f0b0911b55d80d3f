package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * The numbers that took the place of NumPy's when the fixtures were made: every image has its own
 * {@link SplittableRandom}, seeded by 1000 severity + number of the image. All come from its
 * doubles u in order:
 *
 * <pre>
 *   uniform    from + (to - from) u
 *   normal     mean + std z, with z the sum of twelve u less 6
 *   poisson    max(0, round(rate + sqrt(rate) z)): enough to compare what is done with the counts
 *   integers   from + floor((to - from) u)
 * </pre>
 */
final class ReferenceDraws implements Draws {
  private final SplittableRandom[] images;

  ReferenceDraws(int severity, int images) {
    this.images = new SplittableRandom[images];
    Arrays.setAll(this.images, i -> new SplittableRandom(1000L * severity + i));
  }

  @Override
  public Tensor uniform(double from, double to, long... shape) {
    return draw(r -> from + (to - from) * r.nextDouble(), shape);
  }

  @Override
  public Tensor normal(double mean, double std, long... shape) {
    return draw(r -> mean + std * z(r), shape);
  }

  @Override
  public Tensor poisson(Tensor rates) {
    Tensor z = draw(ReferenceDraws::z, rates.shape());
    return rates.add(rates.sqrt().mul(z)).round().clampMin(0);
  }

  @Override
  public Tensor integers(long from, long to, long... shape) {
    return draw(r -> from + Math.floor((to - from) * r.nextDouble()), shape).to(DType.INT64);
  }

  private static double z(SplittableRandom r) {
    double sum = 0;
    for (int i = 0; i < 12; i++) {
      sum += r.nextDouble();
    }
    return sum - 6;
  }

  private Tensor draw(ToDoubleFunction<SplittableRandom> one, long... shape) {
    if (shape.length == 4 && shape[1] == 3) {
      // the reference has channels last
      return draw(one, shape[0], shape[2], shape[3], shape[1]).permute(0, 3, 1, 2);
    }
    long each = Arrays.stream(shape).skip(1).reduce(1, (a, b) -> a * b);
    double[] values =
        Arrays.stream(images)
            .flatMapToDouble(r -> DoubleStream.generate(() -> one.applyAsDouble(r)).limit(each))
            .toArray();
    return Tensor.of(values, shape);
  }
}
