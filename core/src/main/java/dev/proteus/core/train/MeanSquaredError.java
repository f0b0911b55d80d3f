package dev.proteus.core.train;

import dev.proteus.core.method.Objective;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;

/** mean((prediction - target)^2) over all elements; two tensors of one shape. */
public record MeanSquaredError() implements Objective {
  @Override
  public Tensor loss(Tensor prediction, Tensor target) {
    // [N,1] against [N] would be broadcast to [N,N], a loss of something else.
    if (!Arrays.equals(prediction.shape(), target.shape())) {
      throw new IllegalArgumentException(
          "expected a target of the prediction's shape "
              + Arrays.toString(prediction.shape())
              + ", got "
              + Arrays.toString(target.shape()));
    }
    return F.mse(prediction, target.to(prediction.dtype()));
  }
}
