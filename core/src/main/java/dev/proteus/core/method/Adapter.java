package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import java.nio.file.Path;
import java.util.Map;

/** Attaches trainable parts to a frozen network. */
public interface Adapter extends Method {
  /** Attaches the adapter under the name that has a folder to itself. */
  default Attached attach(Layer net) {
    return attach(net, "default");
  }

  /**
   * Freezes {@code net} and puts the trainable parts in its slots. A network can have several
   * adapters, each by its name.
   */
  Attached attach(Layer net, String name);

  /** An adapter on its network. */
  interface Attached {
    /** The trainable parameters, by their path in the network. */
    Map<String, Parameter> parameters();

    /** Folds the adapter into the base weights; the outputs stay the same to 1e-5. */
    void merge();

    /** Puts the saved base weights back, bit for bit. */
    void unmerge();

    boolean isMerged();

    /** Takes the adapter out; without its last adapter the network is as it was before. */
    void detach();

    /** Writes the adapter as a folder of the Hugging Face PEFT format. */
    void save(Path folder);

    /** Reads values that {@link #save} wrote. */
    void load(Path folder);
  }
}
