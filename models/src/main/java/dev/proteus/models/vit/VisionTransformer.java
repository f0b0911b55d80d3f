package dev.proteus.models.vit;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A vision transformer under timm's names ({@code blocks.0.attn.qkv}, …): ViT, DeiT with or without
 * distillation token, DeiT III (layer scale, no position for the class token). {@link
 * ViTForImageClassification} computes the same under the names of transformers, with three
 * projections instead of one.
 *
 * <pre>  x: [N, C, H, W], y: [N, classes]  </pre>
 *
 * @see <a href="https://arxiv.org/abs/2010.11929">An Image is Worth 16x16 Words</a>
 * @see <a href="https://arxiv.org/abs/2012.12877">Training data-efficient image transformers</a>
 * @see <a href="https://arxiv.org/abs/2204.07118">DeiT III: Revenge of the ViT</a>
 */
public final class VisionTransformer extends Layer {
  private static final long serialVersionUID = 1L;

  /** Of all normalisations. */
  static final double EPS = 1e-6;

  private static final double STD = 0.02;

  /** Class, distillation and register tokens, as far as there are any, in their order. */
  private final List<Parameter> prefix = new ArrayList<>();

  private final Parameter positions;
  private final Slot<Layer> projection;
  private final List<Slot<Layer>> blocks;
  private final Slot<Layer> norm;
  private final Slot<Layer> fcNorm;
  private final Slot<Layer> head;
  private final Slot<Layer> headDist;
  private final int height;
  private final int width;
  private final boolean everyPosition;
  private final boolean average;
  private final boolean distilled;

  VisionTransformer(VisionTransformerConfig c, boolean distilled) {
    int d = c.embedDim();
    this.distilled = distilled;
    if (c.classToken()) {
      prefix.add(parameter("cls_token", token(1, d)));
    }
    if (c.regTokens() > 0) {
      prefix.add(parameter("reg_token", token(c.regTokens(), d)));
    }
    if (distilled) {
      prefix.add(parameter("dist_token", learned(1, d)));
    }
    height = c.height();
    width = c.width();
    everyPosition = !c.noEmbedClass();
    average = c.globalPool().equals("avg");
    long length = (long) (height / c.patchSize()) * (width / c.patchSize());
    positions = parameter("pos_embed", learned(everyPosition ? length + tokens() : length, d));
    projection =
        slot("patch_embed.proj", new Conv2d(c.inChans(), d, c.patchSize(), c.patchSize(), 0));
    blocks =
        slots(
            "blocks",
            IntStream.range(0, c.depth()).mapToObj(i -> new VisionTransformerBlock(c)).toList());
    LayerNorm last = new LayerNorm(new long[] {d}, EPS, true, true);
    norm = c.normalisesPooled() ? null : slot("norm", last);
    fcNorm = c.normalisesPooled() ? slot("fc_norm", last) : null;
    boolean classifies = c.numClasses() > 0;
    head = classifies ? slot("head", new Linear(d, c.numClasses())) : null;
    headDist = classifies && distilled ? slot("head_dist", new Linear(d, c.numClasses())) : null;
    layers().stream().filter(Linear.class::isInstance).forEach(l -> ViTModel.initialise(l, STD));
  }

  /** The network of a timm {@code config.json}, with fresh weights. */
  public static VisionTransformer of(JsonNode config) {
    return new VisionTransformer(
        VisionTransformerConfig.of(config), VisionTransformerConfig.isDistilled(config));
  }

  private static Tensor token(long n, long d) {
    return Init.normal_(Tensor.empty(DType.FLOAT32, 1, n, d), 0, 1e-6);
  }

  private static Tensor learned(long n, long d) {
    return Init.truncatedNormal_(Tensor.empty(DType.FLOAT32, 1, n, d), STD);
  }

  private long tokens() {
    return prefix.stream().mapToLong(p -> p.value().size(1)).sum();
  }

  private Tensor embed(Tensor x) {
    if (x.dim() != 4 || x.size(2) != height || x.size(3) != width) {
      throw wrongInput("images [N, C, " + height + ", " + width + "]", x);
    }
    Tensor patches = projection.call(x).flatten(2, 3).transpose(1, 2);
    List<Tensor> all = new ArrayList<>();
    for (Parameter p : prefix) {
      all.add(p.value().expand(x.size(0), -1, -1));
    }
    all.add(everyPosition ? patches : patches.add(positions.value()));
    Tensor y = Tensor.cat(1, all);
    return everyPosition ? y.add(positions.value()) : y;
  }

  /** All tokens after the last block, [N, tokens + patches, D]; normalised unless pooling is. */
  public Tensor features(Tensor x) {
    Tensor y = Scope.lean(() -> embed(x));
    for (Slot<Layer> block : blocks) {
      Tensor in = y;
      y = Scope.lean(() -> block.call(in));
    }
    return norm == null ? y : norm.call(y);
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = features(x);
    if (distilled) {
      Tensor cls = classify(head, y.select(1, 0));
      return cls.add(classify(headDist, y.select(1, 1))).div(2);
    }
    Tensor pooled = average ? y.narrow(1, tokens(), y.size(1) - tokens()).mean(1) : y.select(1, 0);
    return classify(head, fcNorm == null ? pooled : fcNorm.call(pooled));
  }

  private static Tensor classify(Slot<Layer> head, Tensor features) {
    return head == null ? features : head.call(features);
  }
}
