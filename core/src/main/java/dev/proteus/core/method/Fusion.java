package dev.proteus.core.method;

import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Several state dicts of one architecture in, one out. */
public interface Fusion extends Method {
  /**
   * The fused state.
   *
   * @param base what the others were trained from
   * @param tuned one or more, with the names and shapes of {@code base}
   */
  Map<String, Tensor> fuse(Map<String, Tensor> base, List<Map<String, Tensor>> tuned);
}
