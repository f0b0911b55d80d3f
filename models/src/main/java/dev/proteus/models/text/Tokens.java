package dev.proteus.models.text;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;

/**
 * A batch of token sequences, padded to one length.
 *
 * <p>As one tensor, which is what datasets, trainers and {@code forward} carry, it is [B, 3, T]:
 * the ids, the mask and the types of each sequence.
 *
 * @param ids of the tokens, int64 [B, T]
 * @param mask 1 for tokens and 0 for padding, int64 [B, T]
 * @param types which of two texts a token belongs to, int64 [B, T]
 */
public record Tokens(Tensor ids, Tensor mask, Tensor types) {
  private static final int PARTS = 3;

  /** Far below every score, and far enough from the least number that adding to it stays finite. */
  private static final double NEVER = -1e38;

  private static final double NEVER_HALF = -3e4;

  /** Sequences without padding, of one text each. */
  public Tokens(Tensor ids) {
    this(ids, ids.onesLike(), ids.zerosLike());
  }

  /**
   * Reads the input of a network for text.
   *
   * @param x ids [B, T], all of them attended to, or a packed batch [B, 3, T]; integers
   * @throws IllegalArgumentException for another shape or type
   */
  public static Tokens of(Tensor x) {
    if (x.dtype().isFloating() || (x.dim() != 2 && (x.dim() != 3 || x.size(1) != PARTS))) {
      throw new IllegalArgumentException(
          "expected token ids [B, T], or ids, mask and types [B, 3, T], as integers, got "
              + x.describe());
    }
    Tensor all = x.to(DType.INT64);
    return all.dim() == 2
        ? new Tokens(all)
        : new Tokens(all.select(1, 0), all.select(1, 1), all.select(1, 2));
  }

  /** The batch as one tensor, [B, 3, T]. */
  public Tensor packed() {
    return Tensor.stack(1, ids, mask, types);
  }

  /** The batch without the columns at the end that are padding in every row. */
  public Tokens trimmed() {
    long longest = Math.max(1, (long) mask.sum(1).amax().item());
    // Padding may also be on the left, where it has to stay: then the last column is not padding.
    if (longest == ids.size(1) || mask.select(1, ids.size(1) - 1).any().item() != 0) {
      return this;
    }
    return new Tokens(
        ids.narrow(1, 0, longest), mask.narrow(1, 0, longest), types.narrow(1, 0, longest));
  }

  /**
   * What to add to attention scores [B, heads, T, S]: 0 for tokens, a very low number for padding;
   * [B, 1, 1, S], or null where nothing is padding, which is faster.
   */
  public Tensor bias(DType type) {
    if (mask.all().item() != 0) {
      return null;
    }
    return never(mask.eq(0).unsqueeze(1).unsqueeze(1), type);
  }

  /** What to add to attention scores: 0, and a very low number where {@code hidden}. */
  public static Tensor never(Tensor hidden, DType type) {
    return hidden.to(type).mul(type == DType.FLOAT16 ? NEVER_HALF : NEVER);
  }

  /** The same texts with all padding before them, as generation needs it. */
  public Tokens paddedLeft() {
    long n = ids.size(1);
    // Every key is different, so that the order of the tokens stays.
    Tensor order = mask.mul((double) n).add(Tensor.arange(n).to(mask.device())).argsort(1, false);
    return new Tokens(ids.gather(1, order), mask.gather(1, order), types.gather(1, order));
  }
}
