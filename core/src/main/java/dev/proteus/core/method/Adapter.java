package dev.proteus.core.method;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import java.nio.file.Path;
import java.util.Map;

/** Attaches trainable parts to a frozen network. */
public interface Adapter extends Method {
  /** Freezes {@code net} and puts the trainable parts in its slots. */
  Attached attach(Layer net);

  /** An adapter on its network. */
  interface Attached {
    /** The trainable parameters, by their path in the network. */
    Map<String, Parameter> parameters();

    /** Folds the adapter into the base weights; the outputs stay the same to 1e-5. */
    void merge();

    /** Puts the saved base weights back, bit for bit. */
    void unmerge();

    boolean isMerged();

    /** Takes the adapter out; the network is as it was before. */
    void detach();

    /** Writes the adapter as a folder of the Hugging Face PEFT format. */
    void save(Path folder);

    /** Reads values that {@link #save} wrote. */
    void load(Path folder);
  }
}
