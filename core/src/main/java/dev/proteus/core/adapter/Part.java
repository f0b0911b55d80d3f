package dev.proteus.core.adapter;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/**
 * What one adapter has at one layer: the trainable parameters, and how they change what the layer
 * computes.
 *
 * <p>The active adapters of a layer are a chain. Each takes the layer as those before it left it,
 *
 * <pre>  (W_k, b_k) = merge_k(W_(k-1), b_(k-1)),      y = layer(x; W_n, b_n)  </pre>
 *
 * <p>and {@link #output} computes the same without forming the weights where that is cheaper, so
 * that merging never changes what a network computes. A part that a weight cannot express (a
 * bottleneck with an activation) refuses to merge, and has an output only.
 */
public abstract class Part extends Layer {
  private static final long serialVersionUID = 1L;

  /** The layer as the parts before this one in the chain left it, on one input. */
  public interface Before {
    /** What it puts out. Computed when asked for, and once. */
    Tensor output();

    /** The values with which it does. */
    Values values();
  }

  /** The layer's output with this part; unless overridden by the values of {@link #merge}. */
  protected Tensor output(Tensor x, Before before) {
    Values values = before.values().copy();
    merge(values);
    return values.run(x);
  }

  /**
   * Changes the layer's values so that it computes alone what it does with this part (in inference
   * mode: without dropout).
   *
   * @throws IllegalStateException saying why, if no values do
   */
  protected abstract void merge(Values values);

  /**
   * Whether this adds to the values something that does not depend on them: such parts can be
   * merged in any order, each on its own.
   */
  protected boolean isAdditive() {
    return false;
  }

  /** What a folder has of this part, by the name that follows the layer's path there. */
  protected Map<String, Stored> files() {
    return stored();
  }

  @Override
  public final Tensor forward(Tensor x) {
    throw new UnsupportedOperationException("a part computes only around its layer");
  }
}
