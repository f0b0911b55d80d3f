package dev.proteus.methods.norm;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Rewrite;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MultiheadAttention;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.norm.ResidualStreams.Norm;
import dev.proteus.methods.norm.RmsNorm.Eps;
import java.util.Map;

/**
 * Turns the layer norms of a pre-LN network into RMSNorms without changing its function.
 *
 * <p>Where mean(x) = 0, LayerNorm(x) is RMSNorm(x) with the same eps (inside the root). So
 *
 * <ol>
 *   <li>what writes to the residual stream is centred: W - mean over outputs of W, b - mean(b) for
 *       linear layers and attention's output projection, and each row of an embedding. All that
 *       reads the stream is a layer norm, which is blind to a shift: nothing changes;
 *   <li>the norm's bias goes into the linear layer or attention after it: b' = b + W bias;
 *   <li>each norm is swapped. Where what follows cannot take the bias, RMSNorm keeps it.
 * </ol>
 *
 * <p>It follows the data through {@code Sequential} and {@code Residual}; see {@link
 * ResidualStreams} for which networks it can follow. The function is the same in inference mode, to
 * rounding: dropout in the stream disturbs its mean in training, and so does training itself, where
 * the writers are free to leave mean 0.
 *
 * @see <a href="https://arxiv.org/abs/1910.07467">Root Mean Square Layer Normalization</a>
 */
@Paper(id = "rmsnorm")
public record LayerNormToRmsNorm() implements Rewrite {
  /**
   * @throws IllegalArgumentException saying where and why, if the network has no layer norm, or one
   *     whose input cannot be centred without changing the function; nothing is changed then
   */
  @Override
  public Layer apply(Layer net) {
    ResidualStreams streams = new ResidualStreams(net);
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      streams.writers().forEach(LayerNormToRmsNorm::centre);
      streams.norms().forEach(norm -> swap(net, norm));
    }
    return net;
  }

  private static void centre(Layer writer) {
    if (writer instanceof MultiheadAttention attention) {
      centre(attention.slot("out_proj").get());
      return;
    }
    // Features are the rows of a linear layer's weight, the entries of its bias, and the columns
    // of an embedding's weight.
    int features = writer instanceof Linear ? 0 : -1;
    for (Parameter p : writer.ownParameters().values()) {
      Tensor v = p.value();
      p.assign(v.sub(v.mean(v.dim() == 1 ? 0 : features, true)));
    }
  }

  private static void swap(Layer net, Norm norm) {
    LayerNorm before = (LayerNorm) norm.slot().get();
    Parameter bias = before.bias();
    boolean kept = bias != null && (norm.reader() == null || !absorb(norm.reader(), bias.value()));
    RmsNorm after = new RmsNorm(before.shape()[0], before.eps(), Eps.INSIDE, 1, kept);
    if (before.weight() == null) {
      after.trainable(false);
    } else {
      take(after.weight(), before.weight());
    }
    if (kept) {
      take(after.bias(), bias);
    }
    Surgery.replace(net, Map.of(norm.path(), norm.slot()), l -> after);
  }

  private static void take(Parameter to, Parameter from) {
    to.replace(from.value().detach().copy());
    to.trainable(from.isTrainable());
  }

  /**
   * Moves a shift of the input into the bias of what reads it.
   *
   * @return false if it has no bias to take it
   */
  private static boolean absorb(Slot<?> reader, Tensor shift) {
    Layer layer = reader.get();
    if (layer instanceof Linear linear && linear.bias() == null) {
      Parameter bias = new Parameter(F.linear(shift, linear.weight().value(), null));
      reader.replace(new Linear(linear.weight(), bias).trainAlone(linear.isTraining()));
      return true;
    }
    String prefix = layer instanceof Linear ? "" : "in_proj_";
    Parameter weight = layer.ownParameters().get(prefix + "weight");
    Parameter bias = layer.ownParameters().get(prefix + "bias");
    if (weight == null || bias == null) {
      return false;
    }
    bias.assign(F.linear(shift, weight.value(), bias.value()));
    return true;
  }
}
