package dev.proteus.models.mobilenet;

import dev.proteus.core.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * torchvision's names of MobileNetV3, which count the layers, in ours. Names that are ours already
 * stay, as in a folder that was saved here.
 */
final class TorchvisionNames {
  private static final String HEAD = "classifier.0";

  private final Map<String, String> layers = new HashMap<>();

  private TorchvisionNames(MobileNetV3Config c) {
    unit("features.0", "conv_stem", "bn1");
    int i = 1;
    for (int s = 0; s < c.stages().size(); s++) {
      List<MobileNetV3Config.Block> stage = c.stages().get(s);
      for (int b = 0; b < stage.size(); b++) {
        block("features." + i++ + ".block.", "blocks." + s + "." + b + ".", stage.get(b));
      }
    }
    String end = "blocks." + c.stages().size() + ".0.";
    unit("features." + i, end + "conv", end + "bn1");
    layers.put(HEAD, "conv_head");
    layers.put("classifier.3", "classifier");
  }

  /** A renaming of all tensors of a file. */
  static UnaryOperator<Map<String, Tensor>> of(MobileNetV3Config c) {
    return new TorchvisionNames(c)::rename;
  }

  private void block(String theirs, String ours, MobileNetV3Config.Block b) {
    boolean expands = b.inner() != b.in();
    int at = 0;
    if (expands) {
      unit(theirs + at++, ours + "conv_pw", ours + "bn1");
    }
    unit(theirs + at++, ours + "conv_dw", ours + (expands ? "bn2" : "bn1"));
    if (b.squeeze() > 0) {
      layers.put(theirs + at + ".fc1", ours + "se.conv_reduce");
      layers.put(theirs + at++ + ".fc2", ours + "se.conv_expand");
    }
    unit(theirs + at, ours + (expands ? "conv_pwl" : "conv_pw"), ours + (expands ? "bn3" : "bn2"));
  }

  /** A convolution and its norm. */
  private void unit(String theirs, String conv, String norm) {
    layers.put(theirs + ".0", conv);
    layers.put(theirs + ".1", norm);
  }

  private Map<String, Tensor> rename(Map<String, Tensor> published) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    published.forEach(
        (name, t) -> {
          int dot = name.lastIndexOf('.');
          String layer = dot < 0 ? name : name.substring(0, dot);
          // Theirs is a linear layer, ours a 1x1 convolution.
          boolean flat = layer.equals(HEAD) && name.endsWith(".weight") && t.dim() == 2;
          state.put(
              layers.getOrDefault(layer, layer) + name.substring(layer.length()),
              flat ? t.unsqueeze(2).unsqueeze(3) : t);
        });
    return state;
  }
}
