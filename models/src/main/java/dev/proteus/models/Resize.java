package dev.proteus.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * Brings images to the size that a network takes: resized, smoothed where they shrink, and cut to
 * their middle.
 *
 * @param height of the resized image
 * @param width likewise
 * @param keepsAspect whether one side may be longer, so that the aspect stays
 * @param bicubic interpolation; else bilinear
 * @param cropHeight of the middle, 0 for all
 * @param cropWidth likewise
 * @param rounded where an odd number of pixels is cut off, whether the start is the even one of the
 *     two choices, as in torchvision; else the smaller one, as in transformers
 */
public record Resize(
    int height,
    int width,
    boolean keepsAspect,
    boolean bicubic,
    int cropHeight,
    int cropWidth,
    boolean rounded) {

  /** Numbers that Pillow gives its filters. */
  private static final int BILINEAR = 2;

  private static final int BICUBIC = 3;

  /** Below this, ConvNeXT's processor resizes to more and cuts the middle out. */
  private static final int CONVNEXT_LARGE = 384;

  public Resize {
    if (height < 1 || width < 1 || cropHeight < 0 || cropWidth < 0) {
      throw new IllegalArgumentException(
          "sizes of images must be above 0, but are %d by %d, cut to %d by %d"
              .formatted(height, width, cropHeight, cropWidth));
    }
    if (!keepsAspect && (cropHeight > height || cropWidth > width)) {
      throw new IllegalArgumentException(
          "images of %d by %d cannot be cut to %d by %d"
              .formatted(height, width, cropHeight, cropWidth));
    }
  }

  /**
   * Images of another size, of the same type.
   *
   * @param x [N,C,H,W], uint8 or floating
   */
  Tensor apply(Tensor x) {
    long h = height;
    long w = width;
    if (keepsAspect && height == width) {
      boolean tall = x.size(2) > x.size(3);
      h = tall ? (long) width * x.size(2) / x.size(3) : height;
      w = tall ? width : (long) height * x.size(3) / x.size(2);
    } else if (keepsAspect) {
      // timm rounds here, where the other libraries cut off.
      double ratio = Math.min((double) x.size(2) / height, (double) x.size(3) / width);
      h = (long) Math.rint(x.size(2) / ratio);
      w = (long) Math.rint(x.size(3) / ratio);
    }
    Tensor y = x;
    if (x.size(2) != h || x.size(3) != w) {
      // On bytes the engine computes with the fixed-point weights of Pillow.
      y = bicubic ? F.upsampleBicubicSmooth(x, h, w) : F.upsampleBilinearSmooth(x, h, w);
    }
    if (cropHeight == 0) {
      return y;
    }
    return y.narrow(2, start(h - cropHeight), cropHeight)
        .narrow(3, start(w - cropWidth), cropWidth);
  }

  private long start(long rest) {
    return rounded ? (long) Math.rint(rest / 2.0) : rest / 2;
  }

  /** What {@code preprocessor_config.json} says, or null if images keep their size. */
  static Resize of(JsonNode file) {
    if (!file.path("do_resize").asBoolean(file.has("size"))) {
      if (file.path("do_center_crop").asBoolean(false)) {
        throw new IllegalArgumentException(
            "do_center_crop without do_resize is not implemented: " + file.path("crop_size"));
      }
      return null;
    }
    String type =
        file.path("image_processor_type").asText(file.path("feature_extractor_type").asText());
    boolean convnext = type.startsWith("ConvNext");
    boolean shortest = convnext || type.startsWith("CLIP");
    JsonNode size = file.path("size");
    JsonNode edge = size.isInt() && shortest ? size : size.path("shortest_edge");
    if (edge.isInt() && !size.has("longest_edge")) {
      int s = edge.asInt();
      if (!convnext) {
        return crop(file, new Resize(s, s, true, bicubic(file), 0, 0, false));
      }
      if (s >= CONVNEXT_LARGE) {
        return new Resize(s, s, false, bicubic(file), 0, 0, false);
      }
      int more = (int) (s / file.path("crop_pct").asDouble(224.0 / 256));
      return new Resize(more, more, true, bicubic(file), s, s, false);
    }
    int[] exact = pair(size, "size");
    return crop(file, new Resize(exact[0], exact[1], false, bicubic(file), 0, 0, false));
  }

  private static Resize crop(JsonNode file, Resize r) {
    if (!file.path("do_center_crop").asBoolean(false)) {
      if (r.keepsAspect) {
        throw new IllegalArgumentException(
            "size " + file.path("size") + " gives images of several sizes; add do_center_crop");
      }
      return r;
    }
    int[] to = pair(file.path("crop_size"), "crop_size");
    return new Resize(r.height, r.width, r.keepsAspect, r.bicubic, to[0], to[1], false);
  }

  /** A number for both, or an object with height and width. */
  private static int[] pair(JsonNode size, String key) {
    JsonNode h = size.isInt() ? size : size.path("height");
    JsonNode w = size.isInt() ? size : size.path("width");
    if (!h.isInt() || !w.isInt()) {
      throw new IllegalArgumentException(
          key + " must be a number, height and width, or shortest_edge alone, but is " + size);
    }
    return new int[] {h.asInt(), w.asInt()};
  }

  private static boolean bicubic(JsonNode file) {
    int filter = file.path("resample").asInt(BILINEAR);
    if (filter != BILINEAR && filter != BICUBIC) {
      throw new IllegalArgumentException(
          "resample must be 2 (bilinear) or 3 (bicubic), but is " + filter);
    }
    return filter == BICUBIC;
  }

  /** What timm's {@code pretrained_cfg} says. */
  static Resize timm(JsonNode pretrained) {
    int h = pretrained.path("input_size").path(1).asInt();
    int w = pretrained.path("input_size").path(2).asInt();
    double part = pretrained.path("crop_pct").asDouble(0.875);
    String mode = pretrained.path("crop_mode").asText("center");
    String filter = pretrained.path("interpolation").asText("bilinear");
    boolean squash = mode.equals("squash");
    if (!squash && !mode.equals("center")) {
      throw new IllegalArgumentException("crop_mode must be center or squash, but is " + mode);
    }
    if (!filter.equals("bilinear") && !filter.equals("bicubic")) {
      throw new IllegalArgumentException(
          "interpolation must be bilinear or bicubic, but is " + filter);
    }
    return new Resize(
        (int) (h / part), (int) (w / part), !squash, filter.equals("bicubic"), h, w, true);
  }

  /** Adds the keys of {@code preprocessor_config.json}. */
  void writeTo(ObjectNode file) {
    file.put("do_resize", true).put("resample", bicubic ? BICUBIC : BILINEAR);
    ObjectNode size = file.putObject("size");
    if (keepsAspect) {
      size.put("shortest_edge", height);
    } else {
      size.put("height", height).put("width", width);
    }
    file.put("do_center_crop", cropHeight > 0);
    if (cropHeight > 0) {
      file.putObject("crop_size").put("height", cropHeight).put("width", cropWidth);
    }
  }
}
