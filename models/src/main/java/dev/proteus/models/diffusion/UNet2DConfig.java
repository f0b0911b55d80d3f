package dev.proteus.models.diffusion;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonFormat.Feature;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Configs;
import java.util.List;
import java.util.Map;

/**
 * Shape of a {@link UNet2D}, with the keys of diffusers' {@code config.json}. Lists have an element
 * a level, from the full resolution down, or one for all levels.
 *
 * @param className {@code UNet2DModel}, or {@code UNet2DConditionModel} for attention to an
 *     encoder's states
 * @param inChannels of the input, with those of an image that generation is conditioned on
 * @param centerInputSample maps the input from [0, 1] to [-1, 1]
 * @param timeEmbeddingDim null for four times the first level's channels
 * @param freqShift lowers the number of steps from the highest to the lowest frequency
 * @param flipSinToCos cosines before sines
 * @param midBlockType null for none
 * @param downsamplePadding 1, or 0 for padding at the right and at the bottom only
 * @param downsampleType {@code conv} or {@code resnet}, in levels with self-attention
 * @param attentionHeadDim channels of a head in self-attention, null for a single head; but in
 *     transformers the number of heads (a misnomer of diffusers that published files live with)
 * @param attnNormNumGroups groups of the norm before the middle's self-attention; null for {@code
 *     normNumGroups}, or no norm with {@code scale_shift}
 * @param resnetTimeScaleShift {@code default} adds the time's embedding, {@code scale_shift} scales
 *     and shifts by it
 * @param classEmbedType {@code timestep}, or null
 * @param numClassEmbeds rows of a table of class embeddings, or null
 * @param useLinearProjection around transformers, instead of 1x1 convolutions
 */
@JsonNaming(SnakeCaseStrategy.class)
public record UNet2DConfig(
    @JsonProperty("_class_name") String className,
    int inChannels,
    int outChannels,
    boolean centerInputSample,
    Integer timeEmbeddingDim,
    double freqShift,
    boolean flipSinToCos,
    List<String> downBlockTypes,
    String midBlockType,
    List<String> upBlockTypes,
    List<Integer> blockOutChannels,
    @JsonFormat(
            with = {
              Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
              Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED
            })
        List<Integer> layersPerBlock,
    double midBlockScaleFactor,
    int downsamplePadding,
    String downsampleType,
    String upsampleType,
    double dropout,
    String actFn,
    @JsonFormat(
            with = {
              Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
              Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED
            })
        List<Integer> attentionHeadDim,
    int normNumGroups,
    Integer attnNormNumGroups,
    double normEps,
    String resnetTimeScaleShift,
    boolean addAttention,
    String classEmbedType,
    Integer numClassEmbeds,
    @JsonFormat(
            with = {
              Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
              Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED
            })
        List<Integer> crossAttentionDim,
    @JsonFormat(
            with = {
              Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
              Feature.WRITE_SINGLE_ELEM_ARRAYS_UNWRAPPED
            })
        List<Integer> transformerLayersPerBlock,
    boolean useLinearProjection) {

  static final String UNCONDITIONAL = "UNet2DModel";
  static final String CONDITIONAL = "UNet2DConditionModel";

  /** What diffusers takes for a key that is left out, without an encoder. */
  private static final UNet2DConfig MODEL =
      new UNet2DConfig(
          UNCONDITIONAL,
          3,
          3,
          false,
          null,
          0,
          true,
          List.of("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
          "UNetMidBlock2D",
          List.of("AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
          List.of(224, 448, 672, 896),
          List.of(2),
          1,
          1,
          "conv",
          "conv",
          0,
          "silu",
          List.of(8),
          32,
          null,
          1e-5,
          "default",
          true,
          null,
          null,
          null,
          List.of(1),
          false);

  /** The same with an encoder. */
  private static final UNet2DConfig CONDITION_MODEL =
      new UNet2DConfig(
          CONDITIONAL,
          4,
          4,
          false,
          null,
          0,
          true,
          List.of(
              "CrossAttnDownBlock2D",
              "CrossAttnDownBlock2D",
              "CrossAttnDownBlock2D",
              "DownBlock2D"),
          "UNetMidBlock2DCrossAttn",
          List.of("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
          List.of(320, 640, 1280, 1280),
          List.of(2),
          1,
          1,
          "conv",
          "conv",
          0,
          "silu",
          List.of(8),
          32,
          null,
          1e-5,
          "default",
          true,
          null,
          null,
          List.of(1280),
          List.of(1),
          false);

  /** Keys of other mathematics, with the value that stands for its absence. */
  private static final Map<String, String> NOT_IMPLEMENTED =
      Map.ofEntries(
          Map.entry("time_embedding_type", "positional"),
          Map.entry("only_cross_attention", "false"),
          Map.entry("mid_block_only_cross_attention", "false"),
          Map.entry("dual_cross_attention", "false"),
          Map.entry("attention_type", "default"),
          Map.entry("cross_attention_norm", "null"),
          Map.entry("reverse_transformer_layers_per_block", "null"),
          Map.entry("num_attention_heads", "null"),
          Map.entry("encoder_hid_dim", "null"),
          Map.entry("encoder_hid_dim_type", "null"),
          Map.entry("addition_embed_type", "null"),
          Map.entry("class_embeddings_concat", "false"),
          Map.entry("time_embedding_act_fn", "null"),
          Map.entry("timestep_post_act", "null"),
          Map.entry("time_cond_proj_dim", "null"),
          Map.entry("resnet_skip_time_act", "false"),
          Map.entry("conv_in_kernel", "3"),
          Map.entry("conv_out_kernel", "3"));

  public UNet2DConfig {
    oneOf("_class_name", className, UNCONDITIONAL, CONDITIONAL);
    oneOf("downsample_type", downsampleType, "conv", "resnet");
    oneOf("upsample_type", upsampleType, "conv", "resnet");
    oneOf("resnet_time_scale_shift", resnetTimeScaleShift, "default", "scale_shift");
    if (classEmbedType != null) {
      oneOf("class_embed_type", classEmbedType, "timestep");
    }
    int levels = blockOutChannels.size();
    oneEach("down_block_types", downBlockTypes, levels, false);
    oneEach("up_block_types", upBlockTypes, levels, false);
    oneEach("layers_per_block", layersPerBlock, levels, true);
    oneEach("transformer_layers_per_block", transformerLayersPerBlock, levels, true);
    oneEach("attention_head_dim", attentionHeadDim, levels, true);
    oneEach("cross_attention_dim", crossAttentionDim, levels, true);
    boolean conditional = className.equals(CONDITIONAL);
    if (midBlockType != null) {
      if (conditional) {
        oneOf("mid_block_type", midBlockType, "UNetMidBlock2DCrossAttn", "UNetMidBlock2D");
      } else {
        oneOf("mid_block_type", midBlockType, "UNetMidBlock2D");
      }
    }
    if (conditional && (crossAttentionDim == null || attentionHeadDim == null)) {
      throw new IllegalArgumentException(
          "config.json: " + CONDITIONAL + " needs cross_attention_dim and attention_head_dim");
    }
    downBlockTypes.forEach(t -> fits("Down", t, conditional));
    upBlockTypes.forEach(t -> fits("Up", t, conditional));
  }

  private static void fits(String direction, String type, boolean conditional) {
    if (BlockKind.of(direction, type) == BlockKind.CROSS && !conditional) {
      throw new IllegalArgumentException("config.json: " + UNCONDITIONAL + " has no " + type);
    }
  }

  private static void oneOf(String key, String value, String... implemented) {
    if (!List.of(implemented).contains(value)) {
      throw new IllegalArgumentException(
          "config.json: %s is %s, but only %s is implemented"
              .formatted(key, value, String.join(" or ", implemented)));
    }
  }

  private static void oneEach(String key, List<?> values, int levels, boolean shared) {
    if (values != null && values.size() != levels && !(shared && values.size() == 1)) {
      throw new IllegalArgumentException(
          "config.json: %s has %d values for the %d levels of block_out_channels"
              .formatted(key, values.size(), levels));
    }
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws IllegalArgumentException naming the key that is wrong or asks for what is not here
   */
  public static UNet2DConfig of(JsonNode config) {
    NOT_IMPLEMENTED.forEach((key, absent) -> Configs.only(config, key, absent));
    double scale = config.path("resnet_out_scale_factor").asDouble(1);
    oneOf("resnet_out_scale_factor", String.valueOf(scale), "1.0");
    return Configs.read(
        config, config.path("_class_name").asText().equals(CONDITIONAL) ? CONDITION_MODEL : MODEL);
  }

  boolean isConditional() {
    return className.equals(CONDITIONAL);
  }

  int levels() {
    return blockOutChannels.size();
  }

  int channels(int level) {
    return blockOutChannels.get(level);
  }

  int layers(int level) {
    return at(layersPerBlock, level);
  }

  int transformerLayers(int level) {
    return at(transformerLayersPerBlock, level);
  }

  int encoderChannels(int level) {
    return at(crossAttentionDim, level);
  }

  /** Heads of the transformers of a level. */
  int transformerHeads(int level) {
    return at(attentionHeadDim, level);
  }

  /** Channels of a head in the self-attention of a level. */
  int headChannels(int level) {
    return attentionHeadDim == null ? channels(level) : at(attentionHeadDim, level);
  }

  int timeChannels() {
    return timeEmbeddingDim == null ? 4 * channels(0) : timeEmbeddingDim;
  }

  /** The function in the embeddings and before the last convolution. */
  String outerActivation() {
    return isConditional() ? actFn : "silu";
  }

  boolean scalesByTime() {
    return resnetTimeScaleShift.equals("scale_shift");
  }

  private static int at(List<Integer> values, int level) {
    return values.size() == 1 ? values.get(0) : values.get(level);
  }
}
