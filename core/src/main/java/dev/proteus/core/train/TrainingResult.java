package dev.proteus.core.train;

import java.util.List;

/**
 * What a training run gave, besides the trained network.
 *
 * @param learner predicts with what it learned
 * @param history one entry an epoch
 * @param steps updates in all
 * @param bestEpoch the epoch whose weights the network has now: that of the smallest validation
 *     loss with early stopping, else the last
 * @param stoppedEarly true if early stopping ended it before the last epoch
 */
public record TrainingResult(
    LearningRule.Learner learner,
    List<EpochResult> history,
    long steps,
    int bestEpoch,
    boolean stoppedEarly) {}
