package dev.proteus.core.data.corrupt;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * Where corruptions get their random numbers, all float64 with the images along the first
 * dimension. It stands between them and the generator so that tests can put in the numbers that a
 * reference drew.
 */
interface Draws {
  /** Uniform on [from, to). */
  Tensor uniform(double from, double to, long... shape);

  Tensor normal(double mean, double std, long... shape);

  Tensor poisson(Tensor rates);

  /** Integers from {@code from} up to {@code to} - 1, int64. */
  Tensor integers(long from, long to, long... shape);

  static Draws from(Generator g) {
    return new Draws() {
      @Override
      public Tensor uniform(double from, double to, long... shape) {
        return g.uniform(from, to, shape).to(DType.FLOAT64);
      }

      @Override
      public Tensor normal(double mean, double std, long... shape) {
        return g.normal(mean, std, shape).to(DType.FLOAT64);
      }

      @Override
      public Tensor poisson(Tensor rates) {
        return rates.poisson(g);
      }

      @Override
      public Tensor integers(long from, long to, long... shape) {
        return g.integers(from, to, shape);
      }
    };
  }
}
