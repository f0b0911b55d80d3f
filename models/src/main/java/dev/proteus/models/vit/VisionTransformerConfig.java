package dev.proteus.models.vit;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.models.Timm;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Arguments of a {@link VisionTransformer}, with timm's names.
 *
 * @param imgSize height and width of the image, or one number for both
 * @param patchSize height and width of a patch
 * @param numClasses outputs; 0 for the pooled features
 * @param globalPool {@code token}: the class token; {@code avg}: the mean of the patches
 * @param mlpRatio hidden units of the feed-forward part for each of its inputs
 * @param initValues first value of the layer scales, or null for none
 * @param noEmbedClass whether only patches have positions
 * @param regTokens number of register tokens
 * @param fcNorm whether the last normalisation is after pooling; null where it is for avg
 */
@JsonNaming(SnakeCaseStrategy.class)
record VisionTransformerConfig(
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) List<Integer> imgSize,
    int patchSize,
    int inChans,
    int numClasses,
    String globalPool,
    int embedDim,
    int depth,
    int numHeads,
    double mlpRatio,
    boolean qkvBias,
    Double initValues,
    boolean classToken,
    boolean noEmbedClass,
    int regTokens,
    Boolean fcNorm) {
  private static final Pattern NAME =
      Pattern.compile("(vit|deit|deit3)_([a-z]+)(_distilled)?_patch(\\d+)_(\\d+)");

  /** Width, depth and heads. */
  private record Size(int embedDim, int depth, int numHeads) {}

  private static final Map<String, Size> SIZES =
      Map.of(
          "tiny", new Size(192, 12, 3),
          "small", new Size(384, 12, 6),
          "medium", new Size(512, 12, 8),
          "base", new Size(768, 12, 12),
          "large", new Size(1024, 24, 16),
          "huge", new Size(1280, 32, 16));

  VisionTransformerConfig {
    if (embedDim % numHeads != 0) {
      throw new IllegalArgumentException(
          "config.json: embed_dim %d is not a multiple of num_heads %d"
              .formatted(embedDim, numHeads));
    }
    if (!globalPool.equals("avg") && !(globalPool.equals("token") && classToken)) {
      throw new IllegalArgumentException(
          "global_pool is token, with class_token, or avg, but is " + globalPool);
    }
  }

  private static Matcher match(JsonNode config) {
    String name = Timm.name(config);
    Matcher m = NAME.matcher(name);
    if (!m.matches() || !SIZES.containsKey(m.group(2))) {
      throw new IllegalArgumentException(
          "the variant '"
              + name
              + "' is not implemented; known: vit_, deit_ and deit3_ with "
              + String.join(", ", SIZES.keySet().stream().sorted().toList())
              + ", also _distilled, and _patch16_224 or other numbers");
    }
    return m;
  }

  /** Whether the name has DeiT's distillation token. */
  static boolean isDistilled(JsonNode config) {
    return match(config).group(3) != null;
  }

  /** Reads a {@code config.json} of timm. */
  static VisionTransformerConfig of(JsonNode config) {
    Matcher m = match(config);
    Size size = SIZES.get(m.group(2));
    boolean third = m.group(1).equals("deit3");
    VisionTransformerConfig named =
        new VisionTransformerConfig(
            List.of(Integer.valueOf(m.group(5))),
            Integer.parseInt(m.group(4)),
            3,
            1000,
            "token",
            size.embedDim(),
            size.depth(),
            size.numHeads(),
            4,
            true,
            third ? 1e-6 : null,
            true,
            third,
            0,
            null);
    return Timm.arguments(config, named);
  }

  int height() {
    return imgSize.get(0);
  }

  int width() {
    return imgSize.get(imgSize.size() - 1);
  }

  /** Whether the last normalisation is after pooling. */
  boolean normalisesPooled() {
    return fcNorm == null ? globalPool.equals("avg") : fcNorm;
  }
}
