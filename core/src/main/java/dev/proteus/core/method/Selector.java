package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;
import java.util.Map;

/** Scores parts of a network (layers, parameters, ranks); a higher score is chosen first. */
public interface Selector extends Method {
  /** A score by path. */
  Map<String, Double> scores(Layer net);
}
