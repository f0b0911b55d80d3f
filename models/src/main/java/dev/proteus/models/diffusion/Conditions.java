package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * What generated images are to show; null for what is not said.
 *
 * @param labels classes, int64 [N]
 * @param image channels beside the noisy ones, such as a blurred or masked image, [N, C', H, W]
 * @param states of an encoder, of text for example, [N, S, D]
 * @param mask 1 for states and 0 for padding, [N, S]; null where nothing is padding
 */
public record Conditions(Tensor labels, Tensor image, Tensor states, Tensor mask) {
  /** Nothing said. */
  public static final Conditions NONE = new Conditions(null, null, null, null);

  public static Conditions labels(Tensor classes) {
    return new Conditions(classes, null, null, null);
  }

  public static Conditions states(Tensor states) {
    return new Conditions(null, null, states, null);
  }

  public Conditions withImage(Tensor channels) {
    return new Conditions(labels, channels, states, mask);
  }

  public Conditions withMask(Tensor padding) {
    return new Conditions(labels, image, states, padding);
  }

  /** These, then those, as one batch. */
  Conditions then(Conditions o) {
    return new Conditions(
        join("labels", labels, o.labels),
        join("image", image, o.image),
        join("states", states, o.states),
        join("mask", mask, o.mask));
  }

  private static Tensor join(String what, Tensor a, Tensor b) {
    together(what, a, b);
    return a == null ? null : Tensor.cat(0, a, b);
  }

  /**
   * With each sample's conditions replaced with probability {@code p}: what training needs for
   * {@link Guidance}, so that the network also knows the unconditional distribution.
   *
   * @param unconditional what stands for no condition, such as a class of its own, [N, ..]
   * @param g draws which
   */
  public Conditions dropped(double p, Conditions unconditional, Generator g) {
    Tensor some = labels != null ? labels : image != null ? image : states;
    if (some == null) {
      return this;
    }
    Tensor drop = g.bernoulli(p, some.size(0)).to(some.device()).eq(1);
    return new Conditions(
        choose("labels", drop, unconditional.labels, labels),
        choose("image", drop, unconditional.image, image),
        choose("states", drop, unconditional.states, states),
        choose("mask", drop, unconditional.mask, mask));
  }

  private static Tensor choose(String what, Tensor first, Tensor a, Tensor b) {
    together(what, a, b);
    if (a == null) {
      return null;
    }
    long[] each = new long[a.dim()];
    java.util.Arrays.fill(each, 1);
    each[0] = first.size(0);
    return first.view(each).where(a, b);
  }

  private static void together(String what, Tensor a, Tensor b) {
    if ((a == null) != (b == null)) {
      throw new IllegalArgumentException(
          "either both or none of conditional and unconditional have " + what);
    }
  }

  /** The mask as attention takes it: boolean [N, 1, 1, S], or null. */
  Tensor attended() {
    return mask == null ? null : mask.to(DType.BOOL).unsqueeze(1).unsqueeze(1);
  }
}
