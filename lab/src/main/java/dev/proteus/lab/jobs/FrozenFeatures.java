package dev.proteus.lab.jobs;

import dev.proteus.core.data.ByLength;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Splits;
import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Trainer;
import dev.proteus.models.text.SentenceEmbedding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a frozen encoder makes of texts, and a linear classifier on it: the baseline of fine-tuning.
 *
 * <pre>  f = mean of the last hidden states over tokens, z = W f + b      f: [N, D], z: [N, C]
 * </pre>
 */
final class FrozenFeatures {
  private static final int EPOCHS = 60;
  private static final int PATIENCE = 5;
  private static final int BATCH = 64;

  /** One of them is chosen by the validation part. */
  private static final List<Double> RATES = List.of(1e-3, 3e-3, 1e-2);

  private FrozenFeatures() {}

  /**
   * The features of all samples, computed once.
   *
   * @param encoder from tokens to hidden states [B, T, D]
   */
  static Dataset of(Layer encoder, Dataset texts, int batchSize) {
    Layer sentences = new SentenceEmbedding(encoder, false);
    long[] order = ByLength.longestFirst(texts.lengths());
    long[] place = new long[order.length];
    List<Tensor> parts = new ArrayList<>();
    try (Scope scope = Scope.open();
        Layer.Mode mode = encoder.evaluating();
        Autograd.Mode off = Autograd.noGrad()) {
      for (int from = 0; from < order.length; from += batchSize) {
        int to = Math.min(from + batchSize, order.length);
        for (int i = from; i < to; i++) {
          place[(int) order[i]] = i;
        }
        try (Scope step = Scope.open()) {
          Tensor x = texts.get(Arrays.copyOfRange(order, from, to)).input();
          parts.add(step.keep(sentences.forward(x)));
        }
      }
      Tensor features =
          Tensor.cat(0, parts.toArray(Tensor[]::new))
              .indexSelect(0, Tensor.of(place, place.length));
      return new TensorDataset(features, texts.targets(), texts.classNames());
    }
  }

  /** The classifier that is best on the validation part, of several learning rates. */
  static Layer classifier(Splits features, long seed) {
    Dataset train = features.train();
    Layer best = null;
    double most = -1;
    for (double rate : RATES) {
      Layer linear;
      try (Generator.Use draws = Generator.seeded(seed).use();
          Scope s = Scope.open()) {
        linear = new Linear(train.get(new long[] {0}).input().size(1), train.classes());
      }
      Backprop rule =
          new Backprop(new CrossEntropy(), new AdamW(rate, 0.9, 0.999, 1e-8, 0.01, false));
      Trainer.of(EPOCHS, BATCH, seed)
          .withPatience(PATIENCE)
          .run(linear, rule, train, features.test());
      double accuracy = Evaluator.evaluate(linear, features.test(), BATCH).accuracy();
      if (accuracy > most) {
        most = accuracy;
        best = linear;
      }
    }
    return best;
  }
}
