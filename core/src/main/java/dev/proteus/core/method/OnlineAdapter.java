package dev.proteus.core.method;

import dev.proteus.core.data.Dataset;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import java.util.Map;

/** Predicts on an unlabelled stream and adapts the network while doing so. */
public interface OnlineAdapter extends Method {
  /** Prepares {@code net} for adaptation; it belongs to the session until that is closed. */
  Session attach(Layer net);

  /**
   * The same for adapters that first learn something from the data that the network was trained on;
   * others need none.
   *
   * @param source labelled samples as the network takes them
   */
  default Session attach(Layer net, Dataset source) {
    return attach(net);
  }

  /** A network at work on a stream. */
  interface Session extends AutoCloseable {
    /**
     * Adapts to a batch and predicts it.
     *
     * @param x [N, ..], the next batch of the stream
     * @return logits [N, K], detached
     */
    Tensor predict(Tensor x);

    /** Puts the state of the moment of attachment back, bit for bit. */
    void reset();

    /** Copies of all that adaptation changes, by name. */
    Map<String, Tensor> snapshot();

    void restore(Map<String, Tensor> snapshot);

    /** Gives the network back as it was attached, with its first layers and values. */
    @Override
    void close();
  }
}
