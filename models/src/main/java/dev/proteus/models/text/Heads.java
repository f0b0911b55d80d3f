package dev.proteus.models.text;

import dev.proteus.core.tensor.Tensor;

/** The heads of an attention layer, which share its width. */
public final class Heads {
  private Heads() {}

  /** [B, T, heads d] to [B, heads, T, d]; a view. */
  public static Tensor split(Tensor x, long heads) {
    return x.unflatten(2, heads, -1).transpose(1, 2);
  }

  /** [B, heads, T, d] to [B, T, heads d]. */
  public static Tensor join(Tensor x) {
    return x.transpose(1, 2).flatten(2, 3);
  }
}
