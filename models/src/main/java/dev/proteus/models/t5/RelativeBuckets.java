package dev.proteus.models.t5;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;

/**
 * Which bucket a distance from a query to a key falls into: small ones each in their own, larger
 * ones in buckets that grow logarithmically, all from {@code maxDistance} on in the last.
 *
 * <pre>  n = buckets (one side of them if both directions count), e = n / 2, d = |distance|
 *   bucket = d                                                  if d &lt; e
 *            min(n - 1, e + floor((n - e) ln(d / e) / ln(maxDistance / e)))   else
 *   and n more for keys behind the query, if both directions count  </pre>
 *
 * <p>In float32, because the published weights were trained with its rounding.
 */
final class RelativeBuckets {
  private RelativeBuckets() {}

  /**
   * The buckets of queries at {@code from}, {@code from + 1}, … and keys at 0, 1, …
   *
   * @param bothWays whether keys behind the query count; else they are as near as the query itself
   * @return int64 [queries, keys]
   */
  static Tensor of(
      long from, long queries, long keys, boolean bothWays, int buckets, int maxDistance) {
    Tensor distance =
        Tensor.arange(keys)
            .unsqueeze(0)
            .sub(Tensor.arange(queries).add((double) from).unsqueeze(1));
    int n = bothWays ? buckets / 2 : buckets;
    Tensor d = bothWays ? distance.abs() : distance.clampMax(0).neg();
    int exact = n / 2;
    Tensor large =
        d.to(DType.FLOAT32)
            .div(exact)
            .log()
            .div(Math.log((double) maxDistance / exact))
            .mul(n - exact)
            .to(DType.INT64)
            .add(exact)
            .clampMax(n - 1);
    Tensor bucket = d.lt(exact).where(d, large);
    return bothWays ? bucket.add(distance.gt(0).to(DType.INT64).mul(n)) : bucket;
  }
}
