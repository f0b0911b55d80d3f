package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;
import java.util.Map;

/** Watches a network and records numbers. */
public interface Probe extends Method {
  Watch watch(Layer net);

  /** A probe on its network; closing it stops the watching. */
  interface Watch extends AutoCloseable {
    /** The numbers of this moment, by name (a layer's path, usually). */
    Map<String, Double> read();

    @Override
    void close();
  }
}
