package dev.proteus.core.train;

/** A training run whose loss became NaN or infinite. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final int epoch;
  private final long batch;
  private final String where;

  DivergedException(long step, int epoch, long batch, double loss, String where) {
    super(
        "the loss is "
            + loss
            + " at step "
            + step
            + " (epoch "
            + epoch
            + ", batch "
            + batch
            + "); first not finite: "
            + where);
    this.step = step;
    this.epoch = epoch;
    this.batch = batch;
    this.where = where;
  }

  /** The update that was not made; 1 is the first. */
  public long step() {
    return step;
  }

  /** 1 at the first. */
  public int epoch() {
    return epoch;
  }

  /** Number of the batch in its epoch; 1 is the first. */
  public long batch() {
    return batch;
  }

  /** Where the first value that is not finite appeared: a layer's path, an input, the loss. */
  public String where() {
    return where;
  }
}
