package dev.proteus.core.train;

import java.util.Map;

/**
 * What one epoch of training gave.
 *
 * @param epoch 1 at the first
 * @param step updates so far
 * @param loss mean training loss over the epoch's samples
 * @param validation numbers of the validation set after the epoch, see {@link Evaluation#numbers};
 *     empty without one
 */
public record EpochResult(int epoch, long step, double loss, Map<String, Double> validation) {}
