package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;
import java.util.Map;
import java.util.Set;

/** Watches a network and records numbers. */
public interface Probe extends Method {
  /** What must happen between {@link #watch} and {@link Watch#read}. */
  enum Need {
    /** The watching begins on earlier weights; those to be measured are put in after. */
    EARLIER_WEIGHTS,
    /** Samples pass through the network. */
    DATA,
    /** Samples of a second, the target domain pass through it, too. */
    TARGET
  }

  /** Without these the numbers say nothing; empty where the network alone will do. */
  Set<Need> needs();

  Watch watch(Layer net);

  /** A probe on its network; closing it stops the watching. */
  interface Watch extends AutoCloseable {
    /** The numbers of this moment, by name (a layer's path, usually). */
    Map<String, Double> read();

    @Override
    void close();
  }
}
