package dev.proteus.core.adapter;

import dev.proteus.core.nn.Conv;
import dev.proteus.core.nn.Conv1d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.PaddingMode;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;

/** LoRA at one layer; names and first values as in PEFT. */
abstract class LoraPart extends Part {
  private static final long serialVersionUID = 1L;

  private static final String MAGNITUDE = "lora_magnitude_vector";

  /** s. */
  final double scale;

  /** m of DoRA, in the shape in which it scales outputs; null without. */
  private Parameter magnitude;

  private LoraPart(double scale) {
    this.scale = scale;
  }

  /** Whether there is a low-rank form of a layer. */
  static boolean takes(Layer layer) {
    return layer instanceof Linear
        || layer instanceof TransposedLinear
        || layer instanceof Conv1d
        || layer instanceof Conv2d
        || layer instanceof Embedding;
  }

  static LoraPart of(Layer layer, Lora lora, String path) {
    LoraPart part = part(layer, lora, path);
    if (lora.dora()) {
      Surgery.adapt(part, layer);
      part.magnitude =
          part.parameter(MAGNITUDE, Autograd.noGrad(() -> part.lengths(Values.of(layer))));
    }
    return part;
  }

  private static LoraPart part(Layer layer, Lora lora, String path) {
    if (layer instanceof Embedding e) {
      return new OfEmbedding(e, lora, path);
    }
    int rank = lora.rankOf(path);
    if (layer instanceof Conv c) {
      check(c, lora, path);
      return c instanceof Conv1d
          ? new OfProduct(lora, path, down((Conv1d) c, rank), up((Conv1d) c, rank, lora), c)
          : new OfProduct(lora, path, down((Conv2d) c, rank), up((Conv2d) c, rank, lora), c);
    }
    Tensor w = Values.of(layer).originalWeight();
    return new OfProduct(
        lora,
        path,
        new Linear(w.size(1), rank, false),
        new Linear(rank, w.size(0), lora.loraBias()),
        null);
  }

  private static void check(Conv c, Lora lora, String path) {
    if (Arrays.stream(c.dilation()).anyMatch(d -> d != 1)) {
      throw new IllegalArgumentException(
          "targets: '"
              + path
              + "', "
              + c
              + ", has a dilation, which LoRA does not take; exclude it");
    }
    if (c.groups() > 1 && (lora.dora() || lora.rankOf(path) % c.groups() != 0)) {
      throw new IllegalArgumentException(
          "targets: '"
              + path
              + "', "
              + c
              + ", has "
              + c.groups()
              + " groups, which LoRA takes only with a rank that they divide, and DoRA not at all;"
              + " exclude it");
    }
  }

  private static Conv2d down(Conv2d c, int rank) {
    return new Conv2d(
        c.in(), rank, c.kernel(), c.stride(), c.padding(), c.dilation(), 1, false, c.paddingMode());
  }

  private static Conv2d up(Conv2d c, int rank, Lora lora) {
    return new Conv2d(rank, c.out(), 1, 1, 0, c.groups(), lora.loraBias());
  }

  private static Conv1d down(Conv1d c, int rank) {
    return new Conv1d(
        c.in(), rank, c.kernel()[0], c.stride()[0], c.padding(), 1, 1, false, c.paddingMode());
  }

  private static Conv1d up(Conv1d c, int rank, Lora lora) {
    return new Conv1d(
        rank, c.out(), 1, 1, new long[] {0}, 1, c.groups(), lora.loraBias(), PaddingMode.ZEROS);
  }

  // ---- what the forms have in common ----

  /** B A dropout(x). */
  abstract Tensor change(Tensor x);

  /** x as the frozen weight sees it: with dropout, where DoRA scales what that weight puts out. */
  abstract Tensor seen(Tensor x);

  /** B A, [out, in, kernel..]. */
  abstract Tensor product();

  /** A: [r, in, kernel..]. */
  abstract Parameter a();

  /** B: [out, r, 1..]. */
  abstract Parameter b();

  /** The bias of B, or null. */
  abstract Tensor bias();

  /** [out] as it has to be to scale outputs or to be added to them. */
  abstract Tensor alongOutputs(Tensor t);

  /** |W + s B A| of each row of the layer's own W; not a variable. */
  private Tensor lengths(Values values) {
    Tensor w = values.originalWeight().detach().add(product().detach(), scale);
    return alongOutputs(w.flatten(1, -1).norm(2, new int[] {1}, false));
  }

  @Override
  protected final Tensor output(Tensor x, Before before) {
    if (magnitude == null) {
      return before.output().add(change(x), scale);
    }
    Tensor seen = seen(x);
    Tensor y = before.output();
    Tensor factor = magnitude.value().div(lengths(before.values()));
    return y.add(withoutBias(seen, seen == x ? y : null, before.values()).mul(factor.sub(1)))
        .add(change(seen).mul(factor), scale);
  }

  private Tensor withoutBias(Tensor x, Tensor y, Values values) {
    Tensor all = y == null ? values.run(x) : y;
    Tensor bias = values.bias();
    return bias == null ? all : all.sub(alongOutputs(bias));
  }

  @Override
  protected final void merge(Values values) {
    if (values.layer() instanceof Conv c && c.groups() > 1) {
      throw new IllegalStateException(
          c
              + " has "
              + c.groups()
              + " groups, and its low-rank change has none: a weight of groups"
              + " cannot hold it");
    }
    Tensor weight = values.weight().add(product(), scale);
    Tensor bias = bias() == null ? null : bias().mul(scale);
    if (magnitude != null) {
      Tensor factor = magnitude.value().div(lengths(values)).flatten();
      long[] rows = new long[weight.dim()];
      Arrays.fill(rows, 1);
      rows[0] = -1;
      weight = weight.mul(factor.view(rows));
      bias = bias == null ? null : bias.mul(factor);
    }
    if (bias != null) {
      if (values.bias() == null) {
        throw new IllegalStateException(
            values.layer() + " has no bias, which the one of B would have to be added to");
      }
      values.bias(values.bias().add(bias));
    }
    values.weight(weight);
  }

  @Override
  protected final boolean isAdditive() {
    return magnitude == null;
  }

  /** Layers: A and B in slots, of linear layers and convolutions. */
  private static final class OfProduct extends LoraPart {
    private static final long serialVersionUID = 1L;

    private final Slot<Layer> down;
    private final Slot<Layer> up;
    private final Slot<Layer> dropout;
    private final boolean convolves;

    OfProduct(Lora lora, String path, Layer down, Layer up, Conv base) {
      super(lora.scaleOf(path));
      this.convolves = base != null;
      up.ownParameters().values().forEach(p -> Init.zeros_(p.value()));
      this.down = slot("lora_A", down);
      this.up = slot("lora_B", up);
      this.dropout = slot("lora_dropout", new Dropout(lora.dropout()));
      if (lora.init() == LoraInit.GAUSSIAN) {
        Init.normal_(a().value(), 0, 1.0 / lora.rankOf(path));
      }
    }

    @Override
    Parameter a() {
      return down.get().ownParameters().get("weight");
    }

    @Override
    Parameter b() {
      return up.get().ownParameters().get("weight");
    }

    @Override
    Tensor change(Tensor x) {
      return up.call(down.call(isDora() ? x : dropout.call(x)));
    }

    @Override
    Tensor seen(Tensor x) {
      return dropout.call(x);
    }

    @Override
    Tensor product() {
      Tensor a = a().value().flatten(1, -1);
      Tensor b = b().value().flatten(1, -1);
      Tensor product = b.matmul(a);
      if (!convolves) {
        return product;
      }
      long[] shape = a().value().shape();
      shape[0] = b.size(0);
      return product.view(shape);
    }

    @Override
    Tensor bias() {
      Parameter bias = up.get().ownParameters().get("bias");
      return bias == null ? null : bias.value();
    }

    @Override
    Tensor alongOutputs(Tensor t) {
      if (!convolves) {
        return t;
      }
      long[] shape = a().value().shape();
      Arrays.fill(shape, 1);
      shape[1] = -1;
      return t.view(shape);
    }
  }

  /** Rows of W + s (B A)^T, looked up; A: [r, rows], B: [dim, r]. */
  private static final class OfEmbedding extends LoraPart {
    private static final long serialVersionUID = 1L;

    private final Parameter a;
    private final Parameter b;
    private final long paddingIdx;

    OfEmbedding(Embedding base, Lora lora, String path) {
      super(lora.scaleOf(path));
      if (lora.loraBias()) {
        throw new IllegalArgumentException(
            "targets: '" + path + "' is an Embedding, whose B has no bias; exclude it");
      }
      Tensor w = base.weight().value();
      int rank = lora.rankOf(path);
      a = parameter("lora_embedding_A", Tensor.zeros(rank, w.size(0)));
      b =
          parameter(
              "lora_embedding_B", Init.normal_(Tensor.empty(DType.FLOAT32, w.size(1), rank), 0, 1));
      paddingIdx = base.paddingIdx();
    }

    @Override
    Parameter a() {
      return a;
    }

    @Override
    Parameter b() {
      return b;
    }

    @Override
    Tensor change(Tensor x) {
      return F.embedding(x, a.value().t(), paddingIdx).matmul(b.value().t());
    }

    @Override
    Tensor seen(Tensor x) {
      return x;
    }

    @Override
    Tensor product() {
      return b.value().matmul(a.value());
    }

    @Override
    Tensor bias() {
      return null;
    }

    @Override
    Tensor alongOutputs(Tensor t) {
      return t;
    }
  }

  final boolean isDora() {
    return magnitude != null;
  }
}
