package dev.proteus.core.data;

import dev.proteus.core.tensor.Device;
import dev.proteus.core.tensor.Tensor;

/**
 * Some samples.
 *
 * @param input [N, ..]
 * @param target classes int64 [N] or values [N, ..]; null where there are no labels
 */
public record Batch(Tensor input, Tensor target) {
  public int size() {
    return (int) input.size(0);
  }

  public Batch to(Device device) {
    return new Batch(input.to(device), target == null ? null : target.to(device));
  }
}
