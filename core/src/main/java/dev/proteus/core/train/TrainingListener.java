package dev.proteus.core.train;

/** Is told how a training run goes on; for probes and stores of runs. */
public interface TrainingListener {
  /** After an update, in the step's scope. */
  default void stepped(long step, double loss) {}

  /** After an epoch and its validation. */
  default void epochEnded(EpochResult result) {}
}
