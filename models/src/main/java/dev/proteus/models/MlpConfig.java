package dev.proteus.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm1d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import java.util.List;

/**
 * Shape of a multilayer perceptron: linear layers with ReLU between them, after a normalisation of
 * the features, whose units are not known; x: [N, inputs].
 *
 * @param inputs features of a sample
 * @param hidden widths of the hidden layers
 * @param classes outputs
 */
public record MlpConfig(
    @JsonProperty("num_inputs") int inputs,
    @JsonProperty("hidden_sizes") List<Integer> hidden,
    @JsonProperty("num_classes") int classes) {

  /** A network with fresh weights: {@code norm}, {@code fc1}, {@code act1}, …, {@code head}. */
  public Layer network() {
    Sequential net = new Sequential().add("norm", new BatchNorm1d(inputs));
    int in = inputs;
    for (int i = 0; i < hidden.size(); i++) {
      int width = hidden.get(i);
      net.add("fc" + (i + 1), new Linear(in, width)).add("act" + (i + 1), Activation.relu());
      in = width;
    }
    return net.add("head", new Linear(in, classes));
  }
}
