package dev.proteus.methods.binary;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Rewrite;
import dev.proteus.core.nn.BatchNorm1d;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.surgery.Select;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * XNOR-Net and Binary-Weight-Networks: convolutions and products with weights (and inputs) of one
 * bit and real scales.
 *
 * <pre>
 *   B = sign(W)   alpha = |W|_1 / n       a filter, n = c kh kw; minimises |W - alpha B|^2
 *   y = I * (alpha B) + b                                        REAL inputs (BWN)
 *   y = (sign(I) * B) alpha + b                                  SIGN
 *   y = (sign(I) * B) K alpha + b         K = mean_c |I| * box   SCALED, box = 1 / (kh kw)
 * </pre>
 *
 * <p>All {@link Conv2d} and {@link Linear} layers but the first and the last are replaced by layers
 * that keep W as a latent real parameter {@code weight}; train it with {@link LatentWeights}. The
 * gradient of the effective weight alpha B, g, becomes that of W by {@link WeightGradient}; that of
 * sign(I) passes where |I| &lt; 1, and K passes none. Outside the image zero padding stays 0.
 *
 * <p>The paper's block is norm, sign, convolution, so with binary inputs each such layer gets a
 * batch norm of its own in front: {@code conv2} becomes {@code conv2.norm} and {@code
 * conv2.binary}. What stood between the layers stays. In a network of the order convolution, norm,
 * ReLU, the sign then sees the normed output of that ReLU; without the new norm it would see no
 * negative value. A linear layer's norm is over its features, so it takes [N, in] only.
 *
 * @param inputs what the inputs of binary layers become. SIGN is what the authors' code does,
 *     SCALED what the paper describes
 * @param alpha whether weights are scaled; if not, the layers are sign(W) alone
 * @param gradient of the latent weights
 * @see <a href="https://arxiv.org/abs/1603.05279">XNOR-Net: ImageNet Classification Using Binary
 *     Convolutional Neural Networks</a>
 */
@Paper(id = "xnor-net")
public record XnorNet(Inputs inputs, boolean alpha, WeightGradient gradient) implements Rewrite {
  /** Of the batch norms in front, as in the authors' code. */
  private static final double EPS = 1e-4;

  private static final double MOMENTUM = 0.1;

  /** What the inputs of binary layers become. */
  public enum Inputs {
    /** As they are: Binary-Weight-Networks. */
    REAL,
    SIGN,
    /** Their sign, and the output times the local mean size K of the inputs. */
    SCALED
  }

  /** How g = dC/d(alpha B) becomes dC/dW, with 1[..] = 1 where |W| &lt;= 1. */
  public enum WeightGradient {
    /**
     * The paper's: g (1/n + alpha 1[..]). The authors' Torch code has it times (1 - 1/c), and for
     * SGD times n; it counts |W| = 1 as outside.
     */
    PAPER,
    /**
     * The derivative of alpha B with a straight-through sign: alpha g 1[..] + sign(W) mean(sign(W)
     * g) over the filter. The authors' PyTorch port has it times (1 - 1/c) n.
     */
    DERIVATIVE
  }

  /** The paper's XNOR-Net. */
  public XnorNet() {
    this(Inputs.SCALED, true, WeightGradient.PAPER);
  }

  /** The paper's Binary-Weight-Network. */
  public static XnorNet binaryWeights() {
    return new XnorNet(Inputs.REAL, true, WeightGradient.PAPER);
  }

  /**
   * Makes all inner layers binary, and centres and clamps their weights.
   *
   * @throws IllegalArgumentException if there are fewer than three convolutions and linear layers
   */
  @Override
  public Layer apply(Layer net) {
    Map<String, Slot<?>> all =
        Select.where(net, (path, l) -> l instanceof Conv2d || l instanceof Linear);
    List<String> paths = new ArrayList<>(all.keySet());
    if (paths.size() < 3) {
      throw new IllegalArgumentException(
          "the first and the last layer stay real: needs three convolutions and linear layers or"
              + " more, got "
              + paths);
    }
    Map<String, Slot<?>> inner = new LinkedHashMap<>();
    paths.subList(1, paths.size() - 1).forEach(path -> inner.put(path, all.get(path)));
    Surgery.replace(net, inner, this::binary);
    return net;
  }

  private Layer binary(Layer real) {
    BinaryLayer binary =
        real instanceof Conv2d c
            ? new BinaryConv2d(c, this)
            : new BinaryLinear((Linear) real, this);
    LatentWeights.project(binary.weight().value());
    if (inputs == Inputs.REAL) {
      return binary;
    }
    Layer norm =
        real instanceof Conv2d c
            ? new BatchNorm2d(c.in(), EPS, MOMENTUM, true, true)
            : new BatchNorm1d(((Linear) real).in(), EPS, MOMENTUM, true, true);
    return new Sequential().add("norm", norm).add("binary", binary);
  }

  /** alpha sign(W) of a latent weight [out, ..], or sign(W), with the gradient to W. */
  Tensor effective(Tensor latent) {
    Tensor w = latent.detach();
    Tensor inside = w.abs().le(1).to(w.dtype());
    Tensor b = Sign.of(w);
    if (!alpha) {
      return Autograd.surrogate(b, latent.mul(inside));
    }
    int[] filter = new int[w.dim() - 1];
    Arrays.setAll(filter, i -> i + 1);
    Tensor a = w.abs().mean(filter, true);
    Tensor slope =
        switch (gradient) {
          case PAPER -> latent.mul(a.mul(inside).add((double) w.size(0) / w.numel()));
          case DERIVATIVE -> latent.mul(a.mul(inside)).add(b.mul(latent.mul(b).mean(filter, true)));
        };
    return Autograd.surrogate(a.mul(b), slope);
  }
}
