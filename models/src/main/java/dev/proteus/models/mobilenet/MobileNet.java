package dev.proteus.models.mobilenet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.proteus.core.nn.Layer;
import dev.proteus.models.Architecture;
import dev.proteus.models.Timm;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The architectures of this family: timm's, and torchvision's two. */
public final class MobileNet {
  private static final Pattern NAME =
      Pattern.compile("mobilenetv3_(?:(small)_(050|075|100)|large_(075|100))");

  private static final Arguments TIMM = new Arguments(1000, 3, "avg", 1e-5, 0.1);
  private static final Arguments TORCHVISION = new Arguments(1000, 3, "avg", 1e-3, 0.01);
  private static final double TORCHVISION_DROPOUT = 0.2;

  private MobileNet() {}

  public static List<Architecture> architectures() {
    return List.of(
        torchvision("mobilenet_v3_small", true),
        torchvision("mobilenet_v3_large", false),
        Architecture.of("mobilenetv3_*", MobileNet::timm).withHead("classifier"));
  }

  /** What a {@code config.json} may change. */
  @JsonNaming(SnakeCaseStrategy.class)
  private record Arguments(
      int numClasses, int inChans, String globalPool, double bnEps, double bnMomentum) {
    Arguments {
      if (!globalPool.equals("avg")) {
        throw new IllegalArgumentException("global_pool is avg, but is " + globalPool);
      }
    }

    MobileNetV3Config shape(boolean small, double width, double dropout) {
      return small
          ? MobileNetV3Config.small(width, inChans, numClasses, bnEps, bnMomentum, dropout)
          : MobileNetV3Config.large(width, inChans, numClasses, bnEps, bnMomentum, dropout);
    }
  }

  private static Layer timm(JsonNode config) {
    Matcher m = NAME.matcher(Timm.name(config));
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "the variant '"
              + Timm.name(config)
              + "' is not implemented; known: mobilenetv3_small_ with 050, 075 or 100, and"
              + " mobilenetv3_large_ with 075 or 100");
    }
    boolean small = m.group(1) != null;
    double width = Integer.parseInt(small ? m.group(2) : m.group(3)) / 100.0;
    return new MobileNetV3(Timm.arguments(config, TIMM).shape(small, width, 0));
  }

  private static Architecture torchvision(String name, boolean small) {
    return Architecture.of(
            name,
            c ->
                new MobileNetV3(
                    Timm.arguments(c, TORCHVISION).shape(small, 1, TORCHVISION_DROPOUT)))
        .withHead("classifier")
        .renaming(TorchvisionNames.of(TORCHVISION.shape(small, 1, 0)));
  }
}
