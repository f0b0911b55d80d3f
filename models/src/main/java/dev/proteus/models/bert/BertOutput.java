package dev.proteus.models.bert;

import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * How attention and feed-forward parts of a BERT block end.
 *
 * <pre>  y = norm(dropout(W x + b) + residual)      x: [B, T, in], residual, y: [B, T, D]  </pre>
 */
public final class BertOutput extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> dense;
  private final Slot<Layer> norm;
  private final Slot<Layer> dropout;

  BertOutput(int in, BertConfig c) {
    int d = c.hiddenSize();
    dense = slot("dense", new Linear(in, d));
    norm = slot("LayerNorm", new LayerNorm(new long[] {d}, c.layerNormEps(), true, true));
    dropout = slot("dropout", new Dropout(c.hiddenDropoutProb()));
  }

  /** The function above. */
  public Tensor add(Tensor x, Tensor residual) {
    return norm.call(dropout.call(dense.call(x)).add(residual));
  }
}
