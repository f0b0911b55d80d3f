package dev.proteus.core.adapter;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv1d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.PaddingMode;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.TransposedLinear;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The networks of {@code reference/make_lora_fixtures.py}. */
final class LoraNetworks {
  private LoraNetworks() {}

  /** The network of a case. */
  static Layer of(String name) {
    return switch (name) {
      case "vision", "dora_vision", "lora_bias", "weighted_vision" -> vision();
      case "text", "weighted_text" -> text();
      case "groups" ->
          new Sequential()
              .add(
                  "conv",
                  new Conv2d(
                      4,
                      6,
                      new long[] {3, 3},
                      new long[] {1, 1},
                      new long[] {1, 1},
                      new long[] {1, 1},
                      2,
                      true,
                      PaddingMode.ZEROS));
      default -> new Blocks();
    };
  }

  /** With the values of the case, in inference mode. */
  static Layer loaded(String name) {
    Layer net = of(name);
    net.load(Fixture.read("lora/" + name).group("base."));
    return net.eval();
  }

  static Path folder(String name) {
    try {
      return Path.of(LoraNetworks.class.getResource("/fixtures/lora/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static Tensor predict(Layer net, Tensor x) {
    return Autograd.noGrad(() -> net.forward(x));
  }

  private static Layer vision() {
    return new Sequential()
        .add("conv", new Conv2d(2, 5, 3, 2, 1))
        .add("norm", new BatchNorm2d(5))
        .add("relu1", Activation.relu())
        .add("mix", new Conv2d(5, 5, 1))
        .add("flatten", new Flatten())
        .add("block", new Sequential(new Linear(45, 7), Activation.relu(), new Linear(7, 6)))
        .add("relu2", Activation.relu())
        .add("head", new Linear(6, 4));
  }

  private static Layer text() {
    return new Sequential()
        .add("embedding", new Embedding(11, 6))
        .add("pool", new MeanOverTime())
        .add("norm", new LayerNorm(6))
        .add("fc", new Linear(6, 8))
        .add("relu", Activation.relu())
        .add("head", new Linear(8, 3));
  }

  private static final class MeanOverTime extends Layer {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      return x.mean(1);
    }
  }

  private static final class Block extends Layer {
    private static final long serialVersionUID = 1L;

    private final Slot<Layer> ln = slot("ln", new LayerNorm(8));
    private final Slot<Layer> attention = slot("c_attn", new TransposedLinear(8, 8));
    private final Slot<Layer> conv = slot("conv", new Conv1d(8, 8, 3, 1, 1));
    private final Slot<Layer> mlp = slot("mlp", new Linear(8, 8));

    @Override
    public Tensor forward(Tensor x) {
      Tensor y = x.add(attention.call(ln.call(x)));
      y = y.add(conv.call(y.transpose(1, 2)).transpose(1, 2));
      return y.add(mlp.call(y).tanh());
    }
  }

  private static final class Blocks extends Layer {
    private static final long serialVersionUID = 1L;

    private final Slot<Layer> wte = slot("wte", new Embedding(11, 8));
    private final List<Slot<Block>> blocks = new ArrayList<>();
    private final Slot<Layer> score = slot("score", new Linear(8, 3));

    Blocks() {
      for (int i = 0; i < 2; i++) {
        blocks.add(slot("h." + i, Block.class, new Block()));
      }
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor y = wte.call(x);
      for (Slot<Block> b : blocks) {
        y = b.call(y);
      }
      return score.call(y.mean(1));
    }
  }
}
