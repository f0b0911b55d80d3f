package dev.proteus.models.diffusion;

import dev.proteus.core.tensor.Tensor;
import dev.proteus.models.Architecture;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The U-Nets of diffusion models, by the names that diffusers gives them. */
public final class Diffusion {
  /** Names of attention's parts in files from before diffusers 0.13, and today's. */
  private static final Map<String, String> OLD_NAMES =
      Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

  private static final Pattern OLD =
      Pattern.compile("(.*attentions\\.\\d+\\.)(query|key|value|proj_attn)(\\.(?:weight|bias))");

  private Diffusion() {}

  public static List<Architecture> architectures() {
    return List.of(
        architecture(UNet2DConfig.UNCONDITIONAL), architecture(UNet2DConfig.CONDITIONAL));
  }

  private static Architecture architecture(String name) {
    return Architecture.of(name, c -> new UNet2D(UNet2DConfig.of(c)))
        .renaming(Diffusion::todaysNames);
  }

  private static Map<String, Tensor> todaysNames(Map<String, Tensor> published) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    published.forEach(
        (name, t) ->
            renamed.put(
                OLD.matcher(name)
                    .replaceFirst(m -> m.group(1) + OLD_NAMES.get(m.group(2)) + m.group(3)),
                t));
    return renamed;
  }
}
