package dev.proteus.models.diffusion;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.GroupNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The U-Net of diffusion models, with the slots of diffusers' {@code UNet2DModel} and {@code
 * UNet2DConditionModel}: {@code down_blocks.0.resnets.0.conv1}, {@code
 * mid_block.attentions.0.to_q}, {@code up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k},
 * …, {@code conv_out}.
 *
 * <p>It takes more than one tensor, so that {@link #denoise} stands in place of {@code forward}.
 *
 * @see <a href="https://arxiv.org/abs/2006.11239">Denoising Diffusion Probabilistic Models</a>
 * @see <a href="https://arxiv.org/abs/2112.10752">High-Resolution Image Synthesis with Latent
 *     Diffusion Models</a>
 */
public final class UNet2D extends Layer implements Denoiser {
  private static final long serialVersionUID = 1L;

  private final boolean centring;
  private final int timeWaves;
  private final double frequencyShift;
  private final boolean cosinesFirst;
  private final boolean conditional;
  private final long channels;
  private final Slot<Layer> convIn;
  private final Slot<Layer> timeEmbedding;

  /** An embedding, or a {@link TimestepEmbedding}; null where classes play no part. */
  private final Slot<Layer> classEmbedding;

  private final List<Slot<DownLevel>> down = new ArrayList<>();

  /** Null where there is none. */
  private final Slot<MidLevel> mid;

  private final List<Slot<UpLevel>> up = new ArrayList<>();
  private final Slot<Layer> normOut;
  private final Slot<Layer> actOut;
  private final Slot<Layer> convOut;

  /** A network with fresh weights, drawn from the current generator. */
  public UNet2D(UNet2DConfig c) {
    int first = c.channels(0);
    centring = c.centerInputSample();
    timeWaves = first;
    frequencyShift = c.freqShift();
    cosinesFirst = c.flipSinToCos();
    conditional = c.isConditional();
    channels = c.inChannels();
    convIn = slot("conv_in", new Conv2d(c.inChannels(), first, 3, 1, 1));
    timeEmbedding =
        slot("time_embedding", new TimestepEmbedding(first, c.timeChannels(), c.outerActivation()));
    Layer classes = classes(c);
    classEmbedding = classes == null ? null : slot("class_embedding", classes);
    for (int i = 0; i < c.levels(); i++) {
      down.add(slot("down_blocks." + i, DownLevel.class, new DownLevel(c, i)));
    }
    mid = c.midBlockType() == null ? null : slot("mid_block", MidLevel.class, new MidLevel(c));
    for (int i = 0; i < c.levels(); i++) {
      up.add(slot("up_blocks." + i, UpLevel.class, new UpLevel(c, i)));
    }
    normOut = slot("conv_norm_out", new GroupNorm(c.normNumGroups(), first, c.normEps(), true));
    actOut = slot("conv_act", Activation.named(c.outerActivation()));
    convOut = slot("conv_out", new Conv2d(first, c.outChannels(), 3, 1, 1));
  }

  private static Layer classes(UNet2DConfig c) {
    if (c.classEmbedType() != null) {
      return new TimestepEmbedding(c.channels(0), c.timeChannels(), c.outerActivation());
    }
    return c.numClassEmbeds() == null ? null : new Embedding(c.numClassEmbeds(), c.timeChannels());
  }

  /**
   * {@inheritDoc}
   *
   * @param t [N], or [1] for all
   * @throws IllegalArgumentException naming the condition that is missing or that the network does
   *     not know
   */
  @Override
  public Tensor denoise(Tensor x, Tensor t, Conditions c) {
    check("labels", c.labels(), classEmbedding != null);
    check("states", c.states(), conditional);
    Tensor in = c.image() == null ? x : Tensor.cat(1, x, c.image());
    if (in.dim() != 4 || in.size(1) != channels) {
      throw wrongInput("[N, " + channels + ", H, W], the image of the conditions included", in);
    }
    Tensor time = time(in, t, c.labels());
    List<Tensor> skips = new ArrayList<>();
    Tensor y = convIn.call(centring ? in.mul(2).sub(1) : in);
    skips.add(y);
    for (Slot<DownLevel> level : down) {
      y = level.call(y, (l, h) -> l.run(h, time, c, skips));
    }
    y = mid == null ? y : mid.call(y, (l, h) -> l.run(h, time, c));
    for (Slot<UpLevel> level : up) {
      y = level.call(y, (l, h) -> l.run(h, time, c, skips));
    }
    Tensor last = y;
    return Scope.lean(() -> convOut.call(actOut.call(normOut.call(last))));
  }

  private Tensor time(Tensor x, Tensor t, Tensor labels) {
    Tensor e = timeEmbedding.call(waves(t, x));
    if (labels == null) {
      return e;
    }
    boolean table = classEmbedding.get() instanceof Embedding;
    return e.add(classEmbedding.call(table ? labels : waves(labels, x)));
  }

  private Tensor waves(Tensor t, Tensor x) {
    Tensor each = t.flatten().expand(x.size(0));
    return Timesteps.embed(each, timeWaves, frequencyShift, cosinesFirst).to(x.dtype());
  }

  private static void check(String what, Tensor given, boolean wanted) {
    if ((given != null) != wanted) {
      throw new IllegalArgumentException(
          wanted
              ? "the network is conditioned on " + what + ", but the conditions have none"
              : "the conditions have " + what + ", but the network is not conditioned on them");
    }
  }
}
