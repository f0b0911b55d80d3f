package dev.proteus.core.data;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;

/**
 * A change of the input distribution that leaves labels as they are: a corruption, or any other
 * function of the images.
 */
public interface Shift {
  /** Short name, such as {@code gaussian_noise}; it labels the domain in streams and tables. */
  String name();

  /**
   * The shifted images. The argument stays as it is.
   *
   * @param images float [N,C,H,W] with values in [0, 1]
   * @param severity from 1 (mild) to 5 (severe)
   * @param g where every random draw comes from
   * @return float [N,C,H,W] with values in [0, 1]
   */
  Tensor apply(Tensor images, int severity, Generator g);
}
