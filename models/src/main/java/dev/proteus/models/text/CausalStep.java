package dev.proteus.models.text;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * One pass of a decoder: T new positions, what each of them may see of the S positions so far, and
 * the keys and values of those that came before.
 */
public final class CausalStep {
  private final Tensor positions;
  private final Tensor seen;
  private final KeyValueCache cache;
  private final Map<Long, Tensor> masks = new HashMap<>();

  private CausalStep(Tensor positions, Tensor seen, KeyValueCache cache) {
    this.positions = positions;
    this.seen = seen;
    this.cache = cache;
  }

  /** All of a batch in one pass, with positions 0, 1, …. */
  public static CausalStep of(Tokens t) {
    Tensor positions = Tensor.arange(t.ids().size(1)).unsqueeze(0).to(t.ids().device());
    return new CausalStep(positions, padded(t.mask()), null);
  }

  /**
   * A pass that continues a cache.
   *
   * @param positions of the new tokens in their texts, int64 [1 or B, T]
   * @param mask 1 for tokens and 0 for padding, int64 [B, S], those in the cache included; null if
   *     there is no padding
   */
  static CausalStep after(KeyValueCache cache, Tensor positions, Tensor mask) {
    return new CausalStep(positions, mask, cache);
  }

  private static Tensor padded(Tensor mask) {
    return mask.all().itemBool() ? null : mask;
  }

  /** Positions of the new tokens in their texts, int64 [1 or B, T]. */
  public Tensor positions() {
    return positions;
  }

  /**
   * Attention of the new positions to those that they may see: themselves and what comes before.
   *
   * @param layer whose turn it is
   * @param q [B, H, T, d]
   * @param k of the new positions, [B, G, T, d]; G divides H, and H / G heads in a row share one
   * @param v like k
   * @param window how many positions are seen, the own one included; 0 for all
   * @param scale of the scores; null for 1/sqrt(d)
   * @param dropout of the weights
   * @return [B, H, T, d]
   */
  public Tensor attend(
      int layer, Tensor q, Tensor k, Tensor v, long window, Double scale, double dropout) {
    Tensor keys = k;
    Tensor values = v;
    if (cache != null) {
      KeyValueCache.Entry all = cache.append(layer, k, v);
      keys = all.keys();
      values = all.values();
    }
    long t = q.size(2);
    long s = keys.size(2);
    if (t == 1 && seen == null && window > 0 && s > window) {
      keys = keys.narrow(2, s - window, window);
      values = values.narrow(2, s - window, window);
    }
    boolean causal = seen == null && t == s && (window == 0 || s <= window);
    Tensor mask = causal || (t == 1 && seen == null) ? null : mask(q, s, window);
    long share = q.size(1) / keys.size(1);
    Generator g = Generator.current();
    if (share > 1 && t == 1) {
      // The heads that share keys are like positions: no need to repeat the keys.
      Tensor grouped = q.reshape(q.size(0), keys.size(1), share, q.size(3));
      return F.scaledDotProductAttention(grouped, keys, values, mask, false, scale, dropout, g)
          .reshape(q.shape());
    }
    if (share > 1) {
      keys = keys.repeatInterleave(share, 1);
      values = values.repeatInterleave(share, 1);
    }
    return F.scaledDotProductAttention(q, keys, values, mask, causal && t > 1, scale, dropout, g);
  }

  /** What to add to the scores, [1 or B, 1, T, S]; the same for all layers of a window. */
  private Tensor mask(Tensor q, long s, long window) {
    return masks.computeIfAbsent(
        window,
        w -> {
          long t = q.size(2);
          Tensor column = Tensor.arange(s).unsqueeze(0);
          Tensor row = Tensor.arange(s).narrow(0, s - t, t).unsqueeze(1);
          Tensor hidden = column.gt(row);
          if (w > 0) {
            hidden = hidden.logicalOr(column.le(row.sub((double) w)));
          }
          hidden = hidden.to(q.device()).unsqueeze(0).unsqueeze(0);
          if (seen != null) {
            hidden = hidden.logicalOr(seen.eq(0).unsqueeze(1).unsqueeze(1));
          }
          // Not -infinity: padding on the left sees nothing, and must not become NaN.
          Tensor mask = Tokens.never(hidden, q.dtype());
          Scope.outliveLean(mask);
          return mask;
        });
  }
}
