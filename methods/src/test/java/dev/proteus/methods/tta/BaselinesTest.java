package dev.proteus.methods.tta;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.TensorDataset;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.train.Entropy;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BaselinesTest {
  private static final double EXACT = 1e-12;

  private static Tensor images(long seed) {
    return Generator.seeded(seed).normal(0, 2, 8, 1, 12, 12).to(DType.FLOAT64);
  }

  private static Layer network() {
    try (Generator.Use use = Generator.seeded(5).use()) {
      Layer net = new ResNet(ResNetConfig.small(1, 10));
      for (int i = 0; i < 3; i++) {
        net.forward(Generator.current().normal(0, 1, 8, 1, 12, 12));
      }
      return net.eval().to(DType.FLOAT64);
    }
  }

  /** A network of rows, without batch norm. */
  private static Layer rows() {
    try (Generator.Use use = Generator.seeded(6).use()) {
      return new Sequential(new Linear(6, 8), new LayerNorm(8), Activation.relu(), new Linear(8, 3))
          .to(DType.FLOAT64)
          .eval();
    }
  }

  private static Tensor predict(Layer net, Tensor x) {
    return Autograd.noGrad(() -> net.forward(x));
  }

  @Test
  @Exact("bn-adapt")
  void bnAdaptUsesTheStatisticsOfTheBatch() {
    Layer net = network();
    Tensor x = images(1);
    Tensor adapted;
    try (OnlineAdapter.Session session = new BnAdapt().attach(net)) {
      adapted = session.predict(x);
    }
    net.layers().stream().filter(BatchNorm.class::isInstance).forEach(l -> l.trainAlone(true));
    assertThat(adapted.allClose(predict(net, x), 0, EXACT)).isTrue();
    assertThatThrownBy(() -> new BnAdapt().attach(rows())).hasMessageContaining("BatchNorm");
  }

  @Test
  @Exact("tent")
  void tentPredictsAndThenDescendsTheEntropy() {
    Layer net = rows();
    Tensor x = Generator.seeded(2).normal(0, 1, 8, 6).to(DType.FLOAT64);
    double before = new Entropy().loss(predict(net, x)).item();
    Map<String, Tensor> source = net.snapshot();
    try (OnlineAdapter.Session session = new Tent(1e-2).attach(net)) {
      assertSame("before the step", session.predict(x), predict(rows(), x));
      assertThat(new Entropy().loss(predict(net, x)).item()).isLessThan(before);
      Map<String, Tensor> now = net.state();
      assertThat(now.get("0.weight").equal(source.get("0.weight"))).isTrue();
      // Adam's first step is the learning rate in the direction of the gradient's sign.
      assertThat(now.get("1.weight").sub(source.get("1.weight")).abs().amax().item())
          .isCloseTo(1e-2, within(1e-6));
    }
  }

  @Test
  void entropyIsThatOfTheSoftmax() {
    Tensor uniform = Tensor.zeros(DType.FLOAT64, 2, 4);
    assertThat(new Entropy().loss(uniform).item()).isCloseTo(Math.log(4), within(EXACT));
    Tensor p = Tensor.vector(0.7, 0.2, 0.1);
    double h = -(0.7 * Math.log(0.7) + 0.2 * Math.log(0.2) + 0.1 * Math.log(0.1));
    assertThat(Entropy.each(p.log().unsqueeze(0)).item()).isCloseTo(h, within(1e-6));
  }

  @Test
  @Exact("eata")
  void eataAdaptsOnlyToReliableAndNewSamples() {
    Layer net = rows();
    Tensor x = Generator.seeded(3).normal(0, 1, 8, 6).to(DType.FLOAT64);
    Map<String, Tensor> source = net.snapshot();
    try (OnlineAdapter.Session none = new Eata(0.1, 0, 0.05, 0, 1).attach(net)) {
      none.predict(x);
      assertThat(net.state().get("1.weight").equal(source.get("1.weight"))).isTrue();
    }
    try (OnlineAdapter.Session all = new Eata(0.1, 1, 1e-9, 0, 1).attach(net)) {
      all.predict(x);
      Tensor once = net.snapshot().get("1.weight");
      assertThat(once.equal(source.get("1.weight"))).isFalse();
      all.predict(x); // like the average of before
      assertThat(net.state().get("1.weight").equal(once)).isTrue();
    }
  }

  @Test
  @Exact("eata")
  void eataIsHeldNearTheSourceByTheFisherInformation() {
    Layer net = rows();
    Tensor x = Generator.seeded(3).normal(0, 1, 64, 6).to(DType.FLOAT64);
    TensorDataset source = new TensorDataset(x, Tensor.zeros(DType.INT64, 64), 3);
    assertThat(moved(net, new Eata(0.05, 1, 2, 2000, 64), source, x))
        .isLessThan(moved(net, new Eata(0.05, 1, 2, 0, 64), source, x));
    assertThatThrownBy(() -> new Eata().attach(net)).hasMessageContaining("fisher=0");
  }

  private static double moved(Layer net, Eata eata, TensorDataset source, Tensor x) {
    Tensor before = net.snapshot().get("1.weight");
    try (OnlineAdapter.Session session = eata.attach(net, source)) {
      for (int i = 0; i < 5; i++) {
        session.predict(x);
      }
      return net.state().get("1.weight").sub(before).norm().item();
    }
  }

  @Test
  @Exact("sar")
  void sarResetsWhenTheEntropyCollapses() {
    Layer net = rows();
    Tensor x = Generator.seeded(4).normal(0, 1, 8, 6).to(DType.FLOAT64);
    Tensor before = net.snapshot().get("1.weight");
    try (OnlineAdapter.Session adapting = new Sar(0.1, 1, 0.05, 0, 0).attach(net)) {
      adapting.predict(x);
      assertThat(net.state().get("1.weight").equal(before)).isFalse();
    }
    try (OnlineAdapter.Session resetting = new Sar(0.1, 1, 0.05, 100, 0).attach(net)) {
      resetting.predict(x);
      assertThat(net.state().get("1.weight").equal(before)).isTrue();
    }
  }

  @Test
  @Exact("sar")
  void sarWithoutReachIsAStepOnTheEntropyOfTheReliable() {
    Layer net = rows();
    Tensor x = Generator.seeded(4).normal(0, 1, 8, 6).to(DType.FLOAT64);
    Tensor weight = net.parameters().get("1.weight").value();
    Tensor gradient =
        Autograd.grad(new Entropy().loss(net.forward(x)), java.util.List.of(weight)).get(0);
    Tensor expected = weight.detach().copy().sub(gradient.mul(0.1));
    try (OnlineAdapter.Session session = new Sar(0.1, 1, 1e-9, 0, 0).attach(net)) {
      session.predict(x);
      assertThat(net.state().get("1.weight").allClose(expected, 0, 1e-6)).isTrue();
    }
  }

  @Test
  @Exact("cotta")
  void cottaTeachesByItsAverageAndRestoresAll() {
    Layer net = network();
    Tensor x = images(7);
    Tensor first;
    try (OnlineAdapter.Session bn = new BnAdapt().attach(net)) {
      first = bn.predict(x);
    }
    try (OnlineAdapter.Session session = new Cotta(1e-2, 0.9, 1, 0, 1).attach(net)) {
      Map<String, Tensor> before = net.snapshot();
      assertThat(session.predict(x).allClose(first, 0, EXACT)).isTrue();
      before.forEach((path, t) -> assertSame(path, net.state().get(path), t));
      // The teacher has seen the student before it went back.
      assertThat(session.predict(x).allClose(first, 0, EXACT)).isFalse();
    }
  }

  @Test
  @Exact("t3a")
  void t3aClassifiesByTheMeanDirectionOfTheSupport() {
    Layer net = rows();
    Tensor x = Generator.seeded(8).normal(0, 1, 1, 6).to(DType.FLOAT64);
    Linear head = (Linear) net.slot("3").get();
    Tensor w = head.weight().value().detach();
    Tensor z =
        predict(new Sequential(net.slot("0").get(), net.slot("1").get(), net.slot("2").get()), x);
    Tensor support = Tensor.cat(0, unit(w), unit(z));
    Tensor own = predict(head, w).argmax(1);
    Tensor classes = Tensor.cat(0, own, predict(net, x).argmax(1));
    Tensor centres = unit(classes.oneHot(3).to(DType.FLOAT64).t().matmul(support));
    try (OnlineAdapter.Session session = new T3a(0).attach(net)) {
      assertThat(session.predict(x).allClose(z.matmul(centres.t()), 0, EXACT)).isTrue();
    }
  }

  private static Tensor unit(Tensor rows) {
    return rows.div(rows.norm(2, new int[] {1}, true).clampMin(1e-12));
  }

  @Test
  @Exact("lame")
  void lameWithoutNeighboursChangesNothingAndWithThemAgreesMore() {
    Tensor logP = Generator.seeded(9).normal(0, 1, 4, 3).to(DType.FLOAT64).logSoftmax(1);
    Tensor none = Tensor.zeros(DType.FLOAT64, 4, 4);
    assertThat(Lame.corrected(logP, none).allClose(logP.exp(), 0, EXACT)).isTrue();
    Tensor all = Tensor.ones(4, 4).to(DType.FLOAT64).sub(Tensor.eye(4).to(DType.FLOAT64));
    Tensor z = Lame.corrected(logP, all);
    assertThat(z.var(new int[] {0}, 0, false).sum().item())
        .isLessThan(logP.exp().var(new int[] {0}, 0, false).sum().item());
    Tensor line = Tensor.of(new double[] {1, 0, 1, 0.1, 0, 1}, 3, 2);
    assertThat(new Lame(1).nearest(line).toDoubles()).containsExactly(0, 1, 0, 1, 0, 0, 0, 1, 0);
  }

  @Test
  @Exact("rdumb")
  void rdumbStartsAgainFromTheSource() {
    Layer net = rows();
    Tensor x = Generator.seeded(2).normal(0, 1, 8, 6).to(DType.FLOAT64);
    Tensor plain = predict(net, x);
    try (OnlineAdapter.Session session = new RDumb(new Eata(0.1, 1, 2, 0, 1), 2).attach(net)) {
      assertSame("first", session.predict(x), plain);
      assertThat(session.predict(x).equal(plain)).isFalse();
      assertSame("after the reset", session.predict(x), plain);
    }
  }
}
