package dev.proteus.core.data.corrupt;

import java.util.List;
import java.util.stream.Collectors;

/** The 15 corruptions, in the order of the paper's tables. */
public final class Corruptions {
  private static final List<Corruption> ALL =
      List.of(
          new Corruption("gaussian_noise", Noise::gaussian),
          new Corruption("shot_noise", Noise::shot),
          new Corruption("impulse_noise", Noise::impulse),
          new Corruption("defocus_blur", DefocusBlur::apply),
          new Corruption("glass_blur", GlassBlur::apply),
          new Corruption("motion_blur", MotionBlur::apply),
          new Corruption("zoom_blur", Zoom::blur),
          new Corruption("snow", Snow::apply),
          new Corruption("frost", Frost::apply),
          new Corruption("fog", Fog::apply),
          new Corruption("brightness", Light::brightness),
          new Corruption("contrast", Light::contrast),
          new Corruption("elastic_transform", ElasticTransform::apply),
          new Corruption("pixelate", Pixelate::apply),
          new Corruption("jpeg_compression", Jpeg::apply));

  private Corruptions() {}

  public static List<Corruption> all() {
    return ALL;
  }

  /**
   * The corruption with this published name, such as {@code fog}.
   *
   * @throws IllegalArgumentException naming the known ones, if there is none
   */
  public static Corruption named(String name) {
    for (Corruption c : ALL) {
      if (c.name().equals(name)) {
        return c;
      }
    }
    throw new IllegalArgumentException(
        "no corruption '"
            + name
            + "'; known: "
            + ALL.stream().map(Corruption::name).collect(Collectors.joining(", ")));
  }
}
