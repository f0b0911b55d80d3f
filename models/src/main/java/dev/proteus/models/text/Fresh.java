package dev.proteus.models.text;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.tensor.Autograd;

/** The initialisation of BERT, GPT-2 and most after them. */
public final class Fresh {
  private Fresh() {}

  /** Linear and embedding weights from N(0, std^2), biases and padding's embeddings 0. */
  public static void weights(Layer net, double std) {
    for (Layer l : net.layers()) {
      if (l instanceof Linear linear) {
        Init.normal_(linear.weight().value(), 0, std);
        if (linear.bias() != null) {
          Init.zeros_(linear.bias().value());
        }
      } else if (l instanceof TransposedLinear linear) {
        Init.normal_(linear.weight().value(), 0, std);
        Init.zeros_(linear.bias().value());
      } else if (l instanceof Embedding table) {
        Init.normal_(table.weight().value(), 0, std);
        if (table.paddingIdx() >= 0) {
          Autograd.noGrad(() -> table.weight().value().get(table.paddingIdx()).zero_());
        }
      }
    }
  }
}
