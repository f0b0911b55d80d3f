package dev.proteus.methods.norm;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MultiheadAttention;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Residual;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.surgery.Select;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@Exact("rmsnorm")
final class LayerNormToRmsNormTest {
  private static final int D = 8;

  private final Generator random = Generator.seeded(6);
  private final Generator.Use use = random.use();
  private final Tensor x = random.normal(0, 1, 3, 5, D).to(DType.FLOAT64);
  private final Tensor tokens = random.integers(0, 11, 3, 5);

  @AfterEach
  void endUse() {
    use.close();
  }

  private static Layer attention() {
    return new Residual(
        new Sequential(new LayerNorm(D), new MultiheadAttention(D, 2), new Dropout(0.1)));
  }

  private static Layer feedForward() {
    return new Residual(
        new Sequential(
            new LayerNorm(D), new Linear(D, 20, false), Activation.gelu(), new Linear(20, D)));
  }

  /**
   * In float64 and inference mode; every parameter random, so that no mistake is multiplied by 0.
   */
  private Layer ready(Layer net) {
    net.to(DType.FLOAT64).eval();
    for (Parameter p : net.parameters().values()) {
      p.assign(random.normal(0.3, 0.5, p.value().shape()));
    }
    return net;
  }

  private Layer preNorm(Layer first) {
    return ready(
        new Sequential()
            .add("embed", first)
            .add("a", attention())
            .add("b", feedForward())
            .add("c", attention())
            .add("norm", new LayerNorm(D))
            .add("head", new Linear(D, 4)));
  }

  private static Tensor predict(Layer net, Tensor x) {
    return Autograd.noGrad(() -> net.forward(x));
  }

  @Test
  void preservesTheFunctionOfAPreNormTransformer() {
    Map<Layer, Tensor> nets =
        Map.of(preNorm(new Embedding(11, D)), tokens, preNorm(new Linear(D, D)), x);
    nets.forEach(
        (net, input) -> {
          Tensor before = predict(net, input);
          assertThat(new LayerNormToRmsNorm().apply(net)).isSameAs(net);
          assertClose("y", predict(net, input), before, 1e-12);
          assertThat(Select.type(net, RmsNorm.class)).hasSize(4);
          assertThat(net.layers()).noneMatch(LayerNorm.class::isInstance);
          assertThat(net.layers()).noneMatch(Layer::isTraining);
          // all biases are absorbed, also by the linear layer that had none
          assertThat(net.parameters().keySet())
              .contains("b.body.1.bias")
              .doesNotContain("a.body.0.bias", "b.body.0.bias", "norm.bias");
        });
  }

  @Test
  void theStreamIsCentredAtEachNorm() {
    Layer net = new LayerNormToRmsNorm().apply(preNorm(new Linear(D, D)));
    List<Tensor> means = new ArrayList<>();
    Select.type(net, RmsNorm.class)
        .values()
        .forEach(slot -> slot.observe((in, out) -> means.add(in.mean(-1))));
    predict(net, x);
    assertThat(means).hasSize(4);
    means.forEach(m -> assertClose("mean", m, m.zerosLike(), 1e-12));
  }

  @Test
  void aBiasThatNothingCanTakeStaysInTheNorm() {
    Layer net =
        ready(
            new Sequential(
                new Linear(D, D),
                new LayerNorm(D), // read by a body and by its shortcut
                new Residual(new Sequential(new Linear(D, D), Activation.relu())),
                new Linear(D, D),
                new LayerNorm(D),
                Activation.tanh(),
                new Linear(D, D),
                new LayerNorm(new long[] {D}, 1e-5, false, false),
                new MultiheadAttention(D, 2, D, D, false, 0)));
    Tensor before = predict(net, x);
    new LayerNormToRmsNorm().apply(net);
    assertClose("y", predict(net, x), before, 1e-12);
    assertThat(net.parameters()).containsKeys("1.bias", "4.bias").doesNotContainKey("7.bias");
    assertThat(net.trainable()).doesNotContainKey("7.weight");
  }

  @Test
  void refusesWhereTheMeanIsRead() {
    refuses(
        new Sequential(new Linear(D, D), Activation.relu(), new LayerNorm(D), new Linear(D, 2)),
        "the layer norm '2' cannot become an RMSNorm: the mean of what it reads cannot be taken"
            + " out, because '1', relu, writes");
    // post-norm: the norm's output is the next stream
    Layer post = new Residual(new Sequential(new Linear(D, D), new LayerNorm(D)));
    refuses(
        new Sequential(new Linear(D, D), post, new LayerNorm(D), new Linear(D, 2)),
        "'1.body.0', Linear(8, 8), reads it");
    // no norm before the output
    refuses(new Sequential(new Linear(D, D), feedForward()), "because it is the network's output");
    refuses(new Sequential(new LayerNorm(D), new Linear(D, D)), "the network's input is part of");
    Linear tied = new Linear(D, D);
    refuses(
        new Sequential(tied, new LayerNorm(D), new Linear(tied.weight(), null)),
        "'0', Linear(8, 8) with shared weights, writes to it");
  }

  @Test
  void refusesWhatItCannotFollow() {
    refuses(new Sequential(new Linear(D, D)), "has no layer norms");
    refuses(new LayerNorm(D), "in one slot");
    refuses(new Sequential(new Linear(D, D), new LayerNorm(5, D)), "over one dimension");
    Layer other = new Residual(new LayerNorm(D), new Linear(D, D));
    refuses(new Sequential(new Linear(D, D), other), "only 0 of 1 layer norms are in Sequential");
  }

  private void refuses(Layer net, String why) {
    ready(net);
    Map<String, Tensor> before = net.snapshot();
    assertThatThrownBy(() -> new LayerNormToRmsNorm().apply(net))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
    net.state().forEach((path, t) -> assertSame(path, t.detach(), before.get(path)));
  }
}
