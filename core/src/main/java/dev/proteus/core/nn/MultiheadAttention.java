package dev.proteus.core.nn;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Multi-head attention, batch first.
 *
 * <pre>  head_h = softmax(q_h k_h^T / sqrt(d) + mask) v_h      d = dim / heads
 *   y = [head_1 .. head_H] W_o^T + b_o                  q = query W_q^T + b_q, k and v alike
 *   query: [N, T, dim], key: [N, S, keyDim], value: [N, S, valueDim], y: [N, T, dim]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1706.03762">Attention Is All You Need</a>
 */
public final class MultiheadAttention extends Layer {
  private static final long serialVersionUID = 1L;

  private final long dim;
  private final long heads;
  private final long keyDim;
  private final long valueDim;
  private final double dropout;
  // Either the three projections in one, [3 dim, dim], or each on its own.
  private final Parameter inWeight;
  private final Parameter queryWeight;
  private final Parameter keyWeight;
  private final Parameter valueWeight;
  private final Parameter inBias;
  private final Slot<Layer> out;

  public MultiheadAttention(long dim, long heads) {
    this(dim, heads, dim, dim, true, 0);
  }

  /**
   * @param dropout of the attention weights, in training
   */
  public MultiheadAttention(
      long dim, long heads, long keyDim, long valueDim, boolean bias, double dropout) {
    if (heads < 1 || dim % heads != 0) {
      throw new IllegalArgumentException("heads must divide dim, " + dim + ", but is " + heads);
    }
    this.dim = dim;
    this.heads = heads;
    this.keyDim = keyDim;
    this.valueDim = valueDim;
    this.dropout = Dropout.probability(dropout);
    // PyTorch draws the output projection first.
    Linear projection = new Linear(dim, dim, bias);
    if (bias) {
      Init.zeros_(projection.bias().value());
    }
    if (keyDim == dim && valueDim == dim) {
      inWeight = parameter("in_proj_weight", xavier(3 * dim, dim));
      queryWeight = null;
      keyWeight = null;
      valueWeight = null;
    } else {
      inWeight = null;
      queryWeight = parameter("q_proj_weight", xavier(dim, dim));
      keyWeight = parameter("k_proj_weight", xavier(dim, keyDim));
      valueWeight = parameter("v_proj_weight", xavier(dim, valueDim));
    }
    inBias = bias ? parameter("in_proj_bias", Tensor.zeros(3 * dim)) : null;
    out = slot("out_proj", projection);
  }

  private static Tensor xavier(long rows, long columns) {
    return Init.xavierUniform_(Tensor.empty(DType.FLOAT32, rows, columns), 1);
  }

  /** Self-attention without a mask. */
  @Override
  public Tensor forward(Tensor x) {
    return attend(x, x, x, null, null);
  }

  /**
   * The function above.
   *
   * @param mask added to the scores, or boolean with true for what is not attended to; [T, S], [N
   *     heads, T, S] or anything that broadcasts to [N, heads, T, S]; null for none
   * @param keyPadding boolean [N, S], true for keys that nobody attends to, or numbers added to
   *     their scores; null for none
   */
  public Tensor attend(Tensor query, Tensor key, Tensor value, Tensor mask, Tensor keyPadding) {
    check("query", query, dim);
    check("key", key, keyDim);
    check("value", value, valueDim);
    List<Tensor> qkv = project(query, key, value);
    Tensor q = split(qkv.get(0));
    Tensor k = split(qkv.get(1));
    Tensor v = split(qkv.get(2));
    Tensor bias = additive(mask, q);
    if (bias != null && bias.dim() == 3) {
      bias = bias.unflatten(0, query.size(0), heads);
    }
    if (keyPadding != null) {
      if (keyPadding.dim() != 2 || keyPadding.size(1) != key.size(1)) {
        throw wrongInput("keyPadding [N, " + key.size(1) + "]", keyPadding);
      }
      Tensor padding = additive(keyPadding, q).unsqueeze(1).unsqueeze(1);
      bias = bias == null ? padding : bias.add(padding);
    }
    return out.call(weigh(q, k, v, bias).transpose(1, 2).flatten(2, 3));
  }

  private void check(String name, Tensor x, long width) {
    if (x.dim() != 3 || x.size(2) != width) {
      throw wrongInput(name + " [N, T, " + width + "]", x);
    }
  }

  private List<Tensor> project(Tensor query, Tensor key, Tensor value) {
    Tensor b = inBias == null ? null : inBias.value();
    if (inWeight != null && query == key && key == value) {
      return F.linear(query, inWeight.value(), b).chunk(3, -1);
    }
    List<Tensor> w =
        inWeight == null
            ? List.of(queryWeight.value(), keyWeight.value(), valueWeight.value())
            : inWeight.value().chunk(3, 0);
    return List.of(
        F.linear(query, w.get(0), b == null ? null : b.narrow(0, 0, dim)),
        F.linear(key, w.get(1), b == null ? null : b.narrow(0, dim, dim)),
        F.linear(value, w.get(2), b == null ? null : b.narrow(0, 2 * dim, dim)));
  }

  /** [N, T, dim] to [N, heads, T, dim / heads]. */
  private Tensor split(Tensor x) {
    return x.unflatten(2, heads, dim / heads).transpose(1, 2);
  }

  private static Tensor additive(Tensor mask, Tensor like) {
    if (mask == null) {
      return null;
    }
    return mask.dtype() == DType.BOOL
        ? mask.toLike(like).zerosLike().maskedFill(mask, Double.NEGATIVE_INFINITY)
        : mask.toLike(like);
  }

  private Tensor weigh(Tensor q, Tensor k, Tensor v, Tensor bias) {
    return F.scaledDotProductAttention(
        q, k, v, bias, false, null, isTraining() ? dropout : 0, Generator.current());
  }

  /** Of self-attention: projections of query, key and value, scores, and weighted sums. */
  @Override
  public long macs(Tensor input, Tensor output) {
    return input.numel() * (dim + keyDim + valueDim + 2 * input.size(1));
  }

  public long heads() {
    return heads;
  }

  @Override
  public String toString() {
    return "MultiheadAttention(" + dim + ", " + heads + ")";
  }
}
