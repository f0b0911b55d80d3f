package dev.proteus.lab.experiments;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MultiheadAttention;
import dev.proteus.core.nn.Residual;
import dev.proteus.core.nn.Sequential;
import java.util.function.Supplier;

/**
 * A small pre-norm transformer that reads an image [N, 1, 28, 28] row by row: 28 tokens, blocks of
 * attention and MLP, a norm, and a linear head over all tokens, which knows them by their place.
 */
final class RowTransformer {
  private static final int ROWS = 28;
  private static final int CLASSES = 10;

  private RowTransformer() {}

  static Layer of(long dim, long heads, int blocks, Supplier<Layer> norm) {
    Sequential net = new Sequential().add("rows", new Flatten(1, 2));
    net.add("embed", new Linear(ROWS, dim));
    for (int i = 0; i < blocks; i++) {
      net.add(
          "attention" + i,
          new Residual(new Sequential(norm.get(), new MultiheadAttention(dim, heads))));
      net.add(
          "mlp" + i,
          new Residual(
              new Sequential(
                  norm.get(),
                  new Linear(dim, 2 * dim),
                  Activation.gelu(),
                  new Linear(2 * dim, dim))));
    }
    return net.add("norm", norm.get())
        .add("flatten", new Flatten())
        .add("head", new Linear(ROWS * dim, CLASSES));
  }
}
