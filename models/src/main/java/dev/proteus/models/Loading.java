package dev.proteus.models;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.DType;
import java.util.List;

/**
 * What to make of a model folder.
 *
 * <pre>{@code
 * Model.load(folder, Loading.AS_PUBLISHED.as("ForSequenceClassification", List.of("no", "yes")));
 * }</pre>
 *
 * @param architecture another one than the folder's, on the same weights; null for the folder's
 *     own. One that begins with {@code For} is that head on the folder's network: {@code
 *     ForSequenceClassification} of a {@code BertForMaskedLM} is {@code
 *     BertForSequenceClassification}. A head that the folder has no weights for is drawn from the
 *     current generator
 * @param labels of a new task; null for the folder's own. A head of another size is drawn, too
 * @param type to convert all weights to; null to keep theirs, without a copy
 */
public record Loading(String architecture, List<String> labels, DType type) {
  /** The network that the folder describes, with the weights as they are. */
  public static final Loading AS_PUBLISHED = new Loading(null, null, null);

  /** The same weights under another head, or without one. */
  public Loading as(String other) {
    return new Loading(other, labels, type);
  }

  /** The same weights for a new task. */
  public Loading as(String other, List<String> newLabels) {
    return new Loading(other, List.copyOf(newLabels), type);
  }

  /** With floating-point weights converted, which reads and copies those of another type. */
  public Loading in(DType floating) {
    return new Loading(architecture, labels, floating);
  }

  /** True if weights of a head may be missing or of another shape. */
  boolean freshHead() {
    return architecture != null || labels != null;
  }

  /** The configuration of the network that is to be built. */
  ObjectNode applyTo(ObjectNode published) {
    ObjectNode config = published.deepCopy();
    if (architecture != null) {
      String own = Architectures.name(published);
      config
          .putArray("architectures")
          .add(
              architecture.startsWith("For")
                  ? own.replaceFirst("(For[A-Z].*|LMHeadModel|Model)$", "") + architecture
                  : architecture);
    }
    if (labels != null) {
      label(config, labels);
    }
    return config;
  }

  /** Writes the names of the classes as transformers does, and their number where timm has it. */
  static void label(ObjectNode config, List<String> labels) {
    ObjectNode names = config.putObject("id2label");
    ObjectNode ids = config.putObject("label2id");
    for (int i = 0; i < labels.size(); i++) {
      names.put(String.valueOf(i), labels.get(i));
      ids.put(labels.get(i), i);
    }
    for (String count : List.of("num_labels", "num_classes")) {
      if (config.has(count)) {
        config.put(count, labels.size());
      }
    }
  }
}
