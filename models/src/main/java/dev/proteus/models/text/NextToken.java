package dev.proteus.models.text;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.method.Objective;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.stream.LongStream;

/**
 * The loss of language models: cross entropy of each position's logits with the token that follows.
 *
 * <pre>  loss = -mean_(b,t) log softmax(z[b,t])[y[b,t]]      z: [B, T, V], y: int64 [B, T]  </pre>
 */
public record NextToken() implements Objective {
  @Override
  public Tensor loss(Tensor prediction, Tensor target) {
    return F.crossEntropy(prediction.flatten(0, 1), target.flatten());
  }

  /**
   * exp of the mean loss over all tokens: among how many equally probable tokens the network would
   * be as unsure.
   *
   * @param net from ids [B, T] to logits [B, T, V]
   * @param blocks samples of equal length with the tokens that follow; {@link Corpus#blocks}
   */
  public static double perplexity(Layer net, Dataset blocks, int batchSize) {
    double sum = 0;
    try (Layer.Mode mode = net.evaluating();
        Autograd.Mode off = Autograd.noGrad()) {
      for (long from = 0; from < blocks.size(); from += batchSize) {
        long to = Math.min(from + batchSize, blocks.size());
        try (Scope step = Scope.open()) {
          Batch batch = blocks.get(LongStream.range(from, to).toArray());
          Tensor logits = net.forward(batch.input());
          sum += new NextToken().loss(logits, batch.target()).item() * (to - from);
        }
      }
    }
    return Math.exp(sum / blocks.size());
  }
}
