package dev.proteus.methods.peft;

import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/** A frozen layer of weight W that computes with W + s B A; names and first values as in PEFT. */
abstract class LoraLayer extends AdapterLayer {
  private static final long serialVersionUID = 1L;

  private final Parameter weight;

  /** s = alpha / rank. */
  final double scale;

  private LoraLayer(Layer base, Parameter weight, Lora lora) {
    super(base);
    this.weight = weight;
    this.scale = lora.alpha() / lora.rank();
  }

  /** Whether there is a low-rank form of a layer. */
  static boolean takes(Layer layer) {
    return layer instanceof Linear || layer instanceof Conv2d || layer instanceof Embedding;
  }

  static LoraLayer of(Layer layer, Lora lora) {
    if (layer instanceof Linear l) {
      return new OfLinear(l, lora);
    }
    return layer instanceof Conv2d c
        ? new OfConv2d(c, lora)
        : new OfEmbedding((Embedding) layer, lora);
  }

  /** B A in the shape of W. */
  abstract Tensor product();

  @Override
  final Map<Parameter, Tensor> merged() {
    return Map.of(weight, weight.value().add(product(), scale));
  }

  /** y = W x + b + s B A dropout(x); also where A and B are convolutions. */
  private abstract static class OfProduct extends LoraLayer {
    private static final long serialVersionUID = 1L;

    final Parameter a;
    final Parameter b;
    private final Slot<Layer> down;
    private final Slot<Layer> up;
    private final Slot<Layer> dropout;

    OfProduct(
        Layer base, Parameter weight, Lora lora, Layer down, Parameter a, Layer up, Parameter b) {
      super(base, weight, lora);
      Init.zeros_(b.value());
      this.a = a;
      this.b = b;
      this.down = slot("lora_A", down);
      this.up = slot("lora_B", up);
      this.dropout = slot("lora_dropout", new Dropout(lora.dropout()));
    }

    @Override
    public final Tensor forward(Tensor x) {
      return base().call(x).add(up.call(down.call(dropout.call(x))), scale);
    }

    /** A: [r, in, ..], B: [out, r, ..], where the dots are kernel sizes, 1 for B. */
    @Override
    final Tensor product() {
      Tensor flatA = a.value().flatten(1, -1);
      Tensor flatB = b.value().flatten(1, -1);
      long[] shape = a.value().shape();
      shape[0] = flatB.size(0);
      return flatB.matmul(flatA).view(shape);
    }
  }

  private static final class OfLinear extends OfProduct {
    private static final long serialVersionUID = 1L;

    OfLinear(Linear base, Lora lora) {
      this(
          base,
          lora,
          new Linear(base.in(), lora.rank(), false),
          new Linear(lora.rank(), base.out(), false));
    }

    private OfLinear(Linear base, Lora lora, Linear a, Linear b) {
      super(base, base.weight(), lora, a, a.weight(), b, b.weight());
    }
  }

  /** A has the kernel, stride and padding of the layer; B is 1x1. */
  private static final class OfConv2d extends OfProduct {
    private static final long serialVersionUID = 1L;

    OfConv2d(Conv2d base, Lora lora) {
      this(
          base,
          lora,
          down(base, lora.rank()),
          new Conv2d(lora.rank(), base.out(), 1, 1, 0, 1, false));
    }

    private OfConv2d(Conv2d base, Lora lora, Conv2d a, Conv2d b) {
      super(base, base.weight(), lora, a, a.weight(), b, b.weight());
    }

    private static Conv2d down(Conv2d base, int rank) {
      if (base.groups() != 1 || Arrays.stream(base.dilation()).anyMatch(d -> d != 1)) {
        throw new IllegalArgumentException(
            base
                + ": LoRA takes convolutions with 1 group and no dilation, but this has "
                + base.groups()
                + " groups and dilation "
                + Arrays.toString(base.dilation())
                + "; leave it out of targets");
      }
      return new Conv2d(
          base.in(),
          rank,
          base.kernel(),
          base.stride(),
          base.padding(),
          base.dilation(),
          1,
          false,
          base.paddingMode());
    }
  }

  /**
   * Rows of W + s (B A)^T, looked up; A: [r, rows] is zero at first, B: [dim, r] normal, and there
   * is no dropout.
   */
  private static final class OfEmbedding extends LoraLayer {
    private static final long serialVersionUID = 1L;

    private final Parameter a;
    private final Parameter b;
    private final long paddingIdx;

    OfEmbedding(Embedding base, Lora lora) {
      super(base, base.weight(), lora);
      long rows = base.weight().value().size(0);
      long dim = base.weight().value().size(1);
      a = parameter("lora_embedding_A", Tensor.zeros(lora.rank(), rows));
      b =
          parameter(
              "lora_embedding_B",
              Init.normal_(Tensor.empty(DType.FLOAT32, dim, lora.rank()), 0, 1));
      paddingIdx = base.paddingIdx();
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor rows = F.embedding(x, a.value().t(), paddingIdx);
      return base().call(x).add(rows.matmul(b.value().t()), scale);
    }

    @Override
    Tensor product() {
      return b.value().matmul(a.value()).t();
    }
  }
}
