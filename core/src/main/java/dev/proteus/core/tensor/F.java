package dev.proteus.core.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Neural operators on tensors, with the names and arguments of {@code torch.nn.functional}. A null
 * tensor stands for an argument left out.
 */
public final class F {
  private static final long MEAN = 1;
  private static final long NONE = 0;

  private F() {}

  private static TensorOptional maybe(Tensor t) {
    return t == null ? new TensorOptional() : new TensorOptional(t.h());
  }

  private static Tensor op(
      String name, Supplier<org.bytedeco.pytorch.Tensor> f, Tensor... operands) {
    try {
      return new Tensor(f.get());
    } catch (RuntimeException e) {
      throw Native.failure(name, e, operands);
    }
  }

  /** x W^T + b; x [.., in], weight [out, in], bias [out] or null. */
  public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    if (x.dim() > 0 && x.h().size(-1) != weight.h().size(-1)) {
      throw new TensorException(
          "linear("
              + x.describe()
              + ", "
              + weight.describe()
              + "): the input's last size must be the weight's, "
              + weight.h().size(-1));
    }
    boolean row = x.dim() > 0 && weight.dim() == 2 && x.numel() == weight.h().size(1);
    if (row && !Autograd.isEnabled()) {
      return row(x, weight, bias);
    }
    return op("linear", () -> torch.linear(x.h(), weight.h(), maybe(bias)), x, weight, bias);
  }

  /**
   * The same for a single row, which is what writing text token by token consists of. The engine's
   * product with a vector reads the weight as fast as memory gives it; that with a matrix of one
   * row takes three times as long.
   */
  private static Tensor row(Tensor x, Tensor weight, Tensor bias) {
    Tensor v = x.reshape(-1);
    Tensor y =
        op(
            "linear",
            () ->
                bias == null
                    ? torch.mv(weight.h(), v.h())
                    : torch.addmv(bias.h(), weight.h(), v.h()),
            x,
            weight,
            bias);
    long[] shape = x.shape();
    shape[shape.length - 1] = y.numel();
    return y.view(shape);
  }

  public static Tensor conv1d(
      Tensor x, Tensor weight, Tensor bias, long stride, long padding, long dilation, long groups) {
    return op(
        "conv1d",
        () ->
            torch.conv1d(
                x.h(),
                weight.h(),
                maybe(bias),
                new long[] {stride},
                new long[] {padding},
                new long[] {dilation},
                groups),
        x,
        weight,
        bias);
  }

  public static Tensor conv2d(
      Tensor x,
      Tensor weight,
      Tensor bias,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups) {
    return op(
        "conv2d",
        () -> torch.conv2d(x.h(), weight.h(), maybe(bias), stride, padding, dilation, groups),
        x,
        weight,
        bias);
  }

  public static Tensor convTranspose1d(
      Tensor x,
      Tensor weight,
      Tensor bias,
      long stride,
      long padding,
      long outputPadding,
      long groups,
      long dilation) {
    return op(
        "convTranspose1d",
        () ->
            torch.conv_transpose1d(
                x.h(),
                weight.h(),
                maybe(bias),
                new long[] {stride},
                new long[] {padding},
                new long[] {outputPadding},
                groups,
                dilation),
        x,
        weight,
        bias);
  }

  public static Tensor convTranspose2d(
      Tensor x,
      Tensor weight,
      Tensor bias,
      long[] stride,
      long[] padding,
      long[] outputPadding,
      long groups,
      long[] dilation) {
    return op(
        "convTranspose2d",
        () ->
            torch.conv_transpose2d(
                x.h(), weight.h(), maybe(bias), stride, padding, outputPadding, groups, dilation),
        x,
        weight,
        bias);
  }

  /**
   * Rows of weight [n, d] at indices; gradients of row {@code paddingIdx} are dropped (-1: none).
   */
  public static Tensor embedding(Tensor indices, Tensor weight, long paddingIdx) {
    return op(
        "embedding",
        () -> torch.embedding(weight.h(), indices.h(), paddingIdx, false, false),
        weight,
        indices);
  }

  /**
   * Batch normalisation of [N, C, ..]: with {@code training} by the batch's statistics, and the
   * running ones (which may be null) move towards them by {@code momentum}; else by the running
   * ones.
   */
  public static Tensor batchNorm(
      Tensor x,
      Tensor runningMean,
      Tensor runningVar,
      Tensor weight,
      Tensor bias,
      boolean training,
      double momentum,
      double eps) {
    return op(
        "batchNorm",
        () ->
            torch.batch_norm(
                x.h(),
                maybe(weight),
                maybe(bias),
                maybe(runningMean),
                maybe(runningVar),
                training,
                momentum,
                eps,
                true),
        x,
        weight,
        bias,
        runningMean,
        runningVar);
  }

  public static Tensor instanceNorm(
      Tensor x,
      Tensor runningMean,
      Tensor runningVar,
      Tensor weight,
      Tensor bias,
      boolean useInputStats,
      double momentum,
      double eps) {
    return op(
        "instanceNorm",
        () ->
            torch.instance_norm(
                x.h(),
                maybe(weight),
                maybe(bias),
                maybe(runningMean),
                maybe(runningVar),
                useInputStats,
                momentum,
                eps,
                true),
        x,
        weight,
        bias);
  }

  public static Tensor layerNorm(
      Tensor x, long[] normalizedShape, Tensor weight, Tensor bias, double eps) {
    return op(
        "layerNorm " + Arrays.toString(normalizedShape),
        () -> torch.layer_norm(x.h(), normalizedShape, maybe(weight), maybe(bias), eps, true),
        x,
        weight,
        bias);
  }

  public static Tensor groupNorm(Tensor x, long groups, Tensor weight, Tensor bias, double eps) {
    return op(
        "groupNorm",
        () -> torch.group_norm(x.h(), groups, maybe(weight), maybe(bias), eps, true),
        x,
        weight,
        bias);
  }

  public static Tensor rmsNorm(Tensor x, long[] normalizedShape, Tensor weight, double eps) {
    return op(
        "rmsNorm " + Arrays.toString(normalizedShape),
        () -> torch.rms_norm(x.h(), normalizedShape, maybe(weight), new DoubleOptional(eps)),
        x,
        weight);
  }

  /** Zeroes elements with probability p and scales the rest by 1/(1-p); draws from g. */
  public static Tensor dropout(Tensor x, double p, Generator g) {
    if (p < 0 || p > 1) {
      throw new TensorException("dropout: p must be in [0, 1], but is " + p);
    }
    if (p == 0) {
      return x;
    }
    if (p == 1) {
      return x.mul(0);
    }
    Tensor keep = op("dropout", () -> torch.empty_like(x.h()), x).bernoulli_(1 - p, g);
    return x.mul(keep.div_(1 - p));
  }

  public static Tensor maxPool1d(
      Tensor x, long kernel, long stride, long padding, long dilation, boolean ceil) {
    return op(
        "maxPool1d",
        () ->
            torch.max_pool1d(
                x.h(),
                new long[] {kernel},
                new long[] {stride},
                new long[] {padding},
                new long[] {dilation},
                ceil),
        x);
  }

  public static Tensor maxPool2d(
      Tensor x, long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceil) {
    return op(
        "maxPool2d", () -> torch.max_pool2d(x.h(), kernel, stride, padding, dilation, ceil), x);
  }

  public static Tensor avgPool1d(
      Tensor x, long kernel, long stride, long padding, boolean ceil, boolean countPadding) {
    return op(
        "avgPool1d",
        () ->
            torch.avg_pool1d(
                x.h(),
                new long[] {kernel},
                new long[] {stride},
                new long[] {padding},
                ceil,
                countPadding),
        x);
  }

  public static Tensor avgPool2d(
      Tensor x, long[] kernel, long[] stride, long[] padding, boolean ceil, boolean countPadding) {
    return op(
        "avgPool2d",
        () ->
            torch.avg_pool2d(
                x.h(), kernel, stride, padding, ceil, countPadding, new LongOptional()),
        x);
  }

  public static Tensor adaptiveAvgPool1d(Tensor x, long size) {
    return op("adaptiveAvgPool1d", () -> torch.adaptive_avg_pool1d(x.h(), size), x);
  }

  public static Tensor adaptiveAvgPool2d(Tensor x, long height, long width) {
    return op("adaptiveAvgPool2d", () -> torch.adaptive_avg_pool2d(x.h(), height, width), x);
  }

  public static Tensor adaptiveMaxPool2d(Tensor x, long height, long width) {
    return op(
        "adaptiveMaxPool2d",
        () ->
            new org.bytedeco.pytorch.Tensor(torch.adaptive_max_pool2d(x.h(), height, width).get0()),
        x);
  }

  /**
   * Pads the last dimensions; {@code pad} is (left, right) of the last, then of the one before.
   *
   * @param mode constant, reflect, replicate or circular
   */
  public static Tensor pad(Tensor x, String mode, double value, long... pad) {
    return op(
        "pad " + mode + Arrays.toString(pad),
        () ->
            torch.pad(
                x.h(),
                pad,
                mode,
                mode.equals("constant") ? new DoubleOptional(value) : new DoubleOptional()),
        x);
  }

  public static Tensor gelu(Tensor x, boolean tanhApproximation) {
    return op("gelu", () -> torch.gelu(x.h(), tanhApproximation ? "tanh" : "none"), x);
  }

  public static Tensor silu(Tensor x) {
    return op("silu", () -> torch.silu(x.h()), x);
  }

  public static Tensor mish(Tensor x) {
    return op("mish", () -> torch.mish(x.h()), x);
  }

  public static Tensor elu(Tensor x, double alpha) {
    return op(
        "elu", () -> torch.elu(x.h(), new Scalar(alpha), new Scalar(1.0), new Scalar(1.0)), x);
  }

  public static Tensor selu(Tensor x) {
    return op("selu", () -> torch.selu(x.h()), x);
  }

  public static Tensor celu(Tensor x, double alpha) {
    return op("celu", () -> torch.celu(x.h(), new Scalar(alpha)), x);
  }

  public static Tensor leakyRelu(Tensor x, double slope) {
    return op("leakyRelu", () -> torch.leaky_relu(x.h(), new Scalar(slope)), x);
  }

  public static Tensor prelu(Tensor x, Tensor weight) {
    return op("prelu", () -> torch.prelu(x.h(), weight.h()), x, weight);
  }

  public static Tensor softplus(Tensor x, double beta, double threshold) {
    return op("softplus", () -> torch.softplus(x.h(), new Scalar(beta), new Scalar(threshold)), x);
  }

  public static Tensor hardswish(Tensor x) {
    return op("hardswish", () -> torch.hardswish(x.h()), x);
  }

  public static Tensor hardsigmoid(Tensor x) {
    return op("hardsigmoid", () -> torch.hardsigmoid(x.h()), x);
  }

  public static Tensor glu(Tensor x, int dim) {
    return op("glu", () -> torch.glu(x.h(), dim), x);
  }

  public static Tensor pixelShuffle(Tensor x, long factor) {
    return op("pixelShuffle", () -> torch.pixel_shuffle(x.h(), factor), x);
  }

  public static Tensor upsampleNearest(Tensor x, long height, long width) {
    return op("upsampleNearest", () -> torch.upsample_nearest2d(x.h(), height, width), x);
  }

  /**
   * Bilinear resizing of [N,C,H,W] that averages over all pixels that shrink to one, as image
   * libraries do (antialiasing).
   */
  public static Tensor upsampleBilinearSmooth(Tensor x, long height, long width) {
    return Native.call(
            "aten::_upsample_bilinear2d_aa", "", x, new long[] {height, width}, false, null, null)
        .get(0);
  }

  /** {@link #upsampleBilinearSmooth}, bicubic. */
  public static Tensor upsampleBicubicSmooth(Tensor x, long height, long width) {
    return Native.call(
            "aten::_upsample_bicubic2d_aa", "", x, new long[] {height, width}, false, null, null)
        .get(0);
  }

  public static Tensor upsampleBilinear(Tensor x, long height, long width, boolean alignCorners) {
    return op(
        "upsampleBilinear",
        () -> torch.upsample_bilinear2d(x.h(), new long[] {height, width}, alignCorners),
        x);
  }

  /**
   * Bilinear samples of images at points; beyond the border, the image mirrored.
   *
   * @param x [N,C,H,W]
   * @param grid (x, y) of each sample, [N,h,w,2]; -1 and 1 are the centres of the first and last
   *     pixel if {@code alignCorners} (the mirror stands on them), else their outer edges
   * @return [N,C,h,w]
   */
  public static Tensor gridSampleMirrored(Tensor x, Tensor grid, boolean alignCorners) {
    return op(
        "gridSampleMirrored",
        () -> torch.grid_sampler(x.h(), grid.h(), 0, 2, alignCorners),
        x,
        grid);
  }

  /**
   * softmax(q k^T scale + mask) v.
   *
   * @param q [.., T, d]
   * @param k [.., S, d]
   * @param v [.., S, d]
   * @param mask added to the scores, or boolean (true attends), or null
   * @param scale null for 1/sqrt(d)
   */
  public static Tensor scaledDotProductAttention(
      Tensor q, Tensor k, Tensor v, Tensor mask, boolean causal, Double scale) {
    return op(
        "scaledDotProductAttention",
        () ->
            torch.scaled_dot_product_attention(
                q.h(),
                k.h(),
                v.h(),
                maybe(mask),
                0.0,
                causal,
                scale == null ? new DoubleOptional() : new DoubleOptional(scale),
                false),
        q,
        k,
        v,
        mask);
  }

  /**
   * The same with the softmax dropped out: elements are zeroed with probability p and the rest
   * scaled by 1/(1-p); draws from g. (The engine's operator would draw from its own generator.)
   */
  public static Tensor scaledDotProductAttention(
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor mask,
      boolean causal,
      Double scale,
      double p,
      Generator g) {
    if (p == 0) {
      return scaledDotProductAttention(q, k, v, mask, causal, scale);
    }
    // Queries are scaled, not scores, of which there are more.
    Tensor scores =
        q.mul(scale == null ? 1 / Math.sqrt((double) q.size(-1)) : scale)
            .matmul(k.transpose(-2, -1));
    if (causal) {
      Tensor later = Tensor.ones(q.size(-2), k.size(-2)).to(q.device()).triu(1).eq(1);
      scores = scores.maskedFill(later, Double.NEGATIVE_INFINITY);
    }
    if (mask != null) {
      scores =
          mask.dtype() == DType.BOOL
              ? scores.maskedFill(mask.logicalNot(), Double.NEGATIVE_INFINITY)
              : scores.add(mask);
    }
    return dropout(safeSoftmax(scores, -1), p, g).matmul(v);
  }

  /** Softmax, but zeros where a whole row is -infinity (nothing to attend to), not NaN. */
  public static Tensor safeSoftmax(Tensor x, int dim) {
    return Native.call("aten::_safe_softmax", "", x, (long) dim, null).get(0);
  }

  /** Output [N,T,H·D] and last states of a recurrent layer; {@code cell} is null for a GRU. */
  public record Recurrent(Tensor output, Tensor hidden, Tensor cell) {}

  /** Batch-first LSTM over stacked layers; weights in PyTorch's order for each layer/direction. */
  public static Recurrent lstm(
      Tensor x,
      Tensor h0,
      Tensor c0,
      List<Tensor> weights,
      boolean biases,
      int layers,
      boolean bidirectional) {
    try {
      T_TensorTensorTensor_T r =
          torch.lstm(
              x.h(),
              Tensor.tensorVector(List.of(h0, c0)),
              Tensor.tensorVector(weights),
              biases,
              layers,
              0.0,
              true,
              bidirectional,
              true);
      return new Recurrent(Tensor.own(r.get0()), Tensor.own(r.get1()), Tensor.own(r.get2()));
    } catch (RuntimeException e) {
      throw Native.failure("lstm", e, x, h0, c0);
    }
  }

  /** Batch-first GRU over stacked layers; weights in PyTorch's order for each layer/direction. */
  public static Recurrent gru(
      Tensor x,
      Tensor h0,
      List<Tensor> weights,
      boolean biases,
      int layers,
      boolean bidirectional) {
    try {
      T_TensorTensor_T r =
          torch.gru(
              x.h(),
              h0.h(),
              Tensor.tensorVector(weights),
              biases,
              layers,
              0.0,
              true,
              bidirectional,
              true);
      return new Recurrent(Tensor.own(r.get0()), Tensor.own(r.get1()), null);
    } catch (RuntimeException e) {
      throw Native.failure("gru", e, x, h0);
    }
  }

  // ---- losses; a mean over the batch unless the name says otherwise ----

  /** Cross entropy of logits [N,C] (or [N,C,..]) with classes int64 [N] or probabilities. */
  public static Tensor crossEntropy(Tensor logits, Tensor target) {
    return crossEntropy(logits, target, null, -100, 0);
  }

  public static Tensor crossEntropy(
      Tensor logits, Tensor target, Tensor classWeights, long ignoreIndex, double smoothing) {
    return op(
        "crossEntropy",
        () ->
            torch.cross_entropy_loss(
                logits.h(), target.h(), maybe(classWeights), MEAN, ignoreIndex, smoothing),
        logits,
        target);
  }

  /** Cross entropy of each sample, [N]. */
  public static Tensor crossEntropyEach(Tensor logits, Tensor target) {
    return op(
        "crossEntropyEach",
        () -> torch.cross_entropy_loss(logits.h(), target.h(), maybe(null), NONE, -100, 0),
        logits,
        target);
  }

  public static Tensor bceWithLogits(Tensor logits, Tensor target) {
    return op(
        "bceWithLogits",
        () -> torch.binary_cross_entropy_with_logits(logits.h(), target.h()),
        logits,
        target);
  }

  public static Tensor mse(Tensor x, Tensor target) {
    return op("mse", () -> torch.mse_loss(x.h(), target.h()), x, target);
  }

  public static Tensor smoothL1(Tensor x, Tensor target, double beta) {
    return op("smoothL1", () -> torch.smooth_l1_loss(x.h(), target.h(), MEAN, beta), x, target);
  }

  public static Tensor huber(Tensor x, Tensor target, double delta) {
    return op("huber", () -> torch.huber_loss(x.h(), target.h(), MEAN, delta), x, target);
  }

  /** KL(target || exp(x)), summed, over the batch size; x are log-probabilities. */
  public static Tensor klDiv(Tensor x, Tensor target) {
    return op("klDiv", () -> torch.kl_div(x.h(), target.h(), 2, false), x, target)
        .div((double) x.size(0));
  }

  public static Tensor nll(Tensor logProbabilities, Tensor target) {
    return op(
        "nll", () -> torch.nll_loss(logProbabilities.h(), target.h()), logProbabilities, target);
  }
}
