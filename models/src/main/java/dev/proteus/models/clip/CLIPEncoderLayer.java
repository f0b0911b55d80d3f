package dev.proteus.models.clip;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;

/**
 * A block of CLIP's encoders.
 *
 * <pre>  a = x + self_attn(layer_norm1(x)),  y = a + fc2(act(fc1(layer_norm2(a))))      [N, T, D]
 * </pre>
 */
final class CLIPEncoderLayer extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> norm1;
  private final Slot<CLIPAttention> attention;
  private final Slot<Layer> norm2;
  private final Slot<Layer> fc1;
  private final Slot<Layer> fc2;
  private final Activation act;

  CLIPEncoderLayer(CLIPTower c) {
    int d = c.hiddenSize();
    double std = c.initializerFactor() / Math.sqrt(2.0 * d);
    norm1 = slot("layer_norm1", norm(c));
    attention = slot("self_attn", CLIPAttention.class, new CLIPAttention(c));
    norm2 = slot("layer_norm2", norm(c));
    fc1 = slot("mlp.fc1", CLIPEncoder.linear(d, c.intermediateSize(), std));
    fc2 =
        slot(
            "mlp.fc2",
            CLIPEncoder.linear(c.intermediateSize(), d, std / Math.sqrt(c.numHiddenLayers())));
    act = Activation.named(c.hiddenAct());
  }

  static LayerNorm norm(CLIPTower c) {
    return new LayerNorm(new long[] {c.hiddenSize()}, c.layerNormEps(), true, true);
  }

  /** Without a mask. */
  @Override
  public Tensor forward(Tensor x) {
    return encode(x, null, false);
  }

  Tensor encode(Tensor x, Tensor bias, boolean causal) {
    Tensor a = x.add(attention.call(norm1.call(x), (l, in) -> l.attend(in, bias, causal)));
    return a.add(fc2.call(act.forward(fc1.call(norm2.call(a)))));
  }
}
