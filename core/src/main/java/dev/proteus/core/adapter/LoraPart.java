package dev.proteus.core.adapter;

import dev.proteus.core.nn.Conv;
import dev.proteus.core.nn.Conv1d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.PaddingMode;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;

/**
 * LoRA at one layer: what methods that build on it work with. Names and first values as in PEFT.
 */
public abstract class LoraPart extends Part {
  private static final long serialVersionUID = 1L;

  private static final String MAGNITUDE = "lora_magnitude_vector";

  private final double scale;

  /** m of DoRA, in the shape in which it scales outputs; null without. */
  private Parameter magnitude;

  LoraPart(double scale) {
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
      return new LoraEmbedding(e, lora, path);
    }
    int rank = lora.rankOf(path);
    if (layer instanceof Conv c) {
      check(c, lora, path);
      return c instanceof Conv1d one
          ? new LoraProduct(lora, path, down(one, rank), up(one, rank, lora), c)
          : new LoraProduct(lora, path, down((Conv2d) c, rank), up((Conv2d) c, rank, lora), c);
    }
    Tensor w = Values.of(layer).originalWeight();
    return new LoraProduct(
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

  /** s. */
  public final double scale() {
    return scale;
  }

  /** A: [r, in, kernel..]; of an embedding [r, rows]. */
  public abstract Parameter a();

  /** B: [out, r, 1..]; of an embedding [dim, r]. */
  public abstract Parameter b();

  /** B A, [out, in, kernel..]; of an embedding [dim, rows]. */
  public abstract Tensor product();

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

  final boolean isDora() {
    return magnitude != null;
  }
}
