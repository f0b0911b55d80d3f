package dev.proteus.methods.binary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.data.Batch;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm1d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.PaddingMode;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Gradients;
import dev.proteus.core.testing.Reference;
import dev.proteus.core.testing.Tensors;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.LearningRule.Learner;
import dev.proteus.methods.binary.XnorNet.Inputs;
import dev.proteus.methods.binary.XnorNet.WeightGradient;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Exact("xnor-net")
class XnorNetTest {
  private static final double EXACT = 1e-12;

  private static Tensor normal(long seed, long... shape) {
    return Generator.seeded(seed).normal(0, 0.8, shape).to(DType.FLOAT64);
  }

  private static XnorNet form(Inputs inputs, WeightGradient gradient) {
    return new XnorNet(inputs, true, gradient);
  }

  private static Conv2d conv(long in, long out, long kernel, long groups, PaddingMode mode) {
    try (Generator.Use use = Generator.seeded(7).use()) {
      long[] one = {1, 1};
      Conv2d conv =
          new Conv2d(
              in,
              out,
              new long[] {kernel, kernel},
              one,
              new long[] {1, 1},
              one,
              groups,
              true,
              mode);
      conv.to(DType.FLOAT64);
      return conv;
    }
  }

  private static Sequential network() {
    try (Generator.Use use = Generator.seeded(1).use()) {
      return new Sequential()
          .add("conv1", new Conv2d(1, 4, 3))
          .add("act1", Activation.relu())
          .add("conv2", new Conv2d(4, 6, 3))
          .add("act2", Activation.relu())
          .add("flatten", new Flatten())
          .add("fc1", new Linear(96, 12))
          .add("head", new Linear(12, 3));
    }
  }

  private static Batch batch(int n) {
    Generator g = Generator.seeded(n);
    return new Batch(g.normal(0, 1, n, 1, 8, 8), g.integers(0, 3, n));
  }

  /** The gradient of the latent weight for a gradient g of the effective one. */
  private static Tensor latentGradient(XnorNet form, Tensor w, Tensor g) {
    Tensor leaf = w.copy().requiresGrad(true);
    return Autograd.grad(List.of(form.effective(leaf)), List.of(leaf), List.of(g), false, false)
        .get(0);
  }

  @Test
  void signsAreOfOneBitAndPlusAtZero() {
    Tensor x = Tensor.vector(-2, -0.0, 0.0, 0.3, 5);
    Tensors.assertSame("sign", Sign.of(x), Tensor.vector(-1, 1, 1, 1, 1).to(x.dtype()));
  }

  @Test
  void theGradientOfASignPassesStrictlyInsideOne() {
    Tensor x = Tensor.vector(-1.5, -1, -0.9, 0, 0.9, 1, 1.5).requiresGrad(true);
    Sign.straightThrough(x).sum().backward();
    Tensors.assertSame("mask", x.grad(), Tensor.vector(0, 0, 1, 1, 1, 0, 0).to(x.dtype()));
  }

  @Property(tries = 30)
  void noOtherScaleAndSignsAreNearer(
      @ForAll @IntRange(min = 1, max = 5) int out,
      @ForAll @IntRange(min = 1, max = 9) int n,
      @ForAll long seed) {
    Generator g = Generator.seeded(seed & Long.MAX_VALUE);
    Tensor w = g.normal(0, 1, out, n).to(DType.FLOAT64);
    Tensor best = w.sub(new XnorNet().effective(w)).square().sum(1);
    for (int i = 0; i < 20; i++) {
      Tensor scale = g.uniform(0, 2, out, 1).to(DType.FLOAT64);
      Tensor signs = Sign.of(g.normal(0, 1, out, n).to(DType.FLOAT64));
      Tensor mine = Sign.of(w);
      assertThat(best.le(w.sub(scale.mul(signs)).square().sum(1).add(EXACT)).all().itemBool())
          .isTrue();
      assertThat(best.le(w.sub(scale.mul(mine)).square().sum(1).add(EXACT)).all().itemBool())
          .isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void ofInputsAndWeightsThatAreScaledSignsItIsTheRealConvolution(int groups) {
    for (PaddingMode mode : new PaddingMode[] {PaddingMode.ZEROS, PaddingMode.REFLECT}) {
      Conv2d real = conv(4, 6, 3, groups, mode);
      Tensor perFilter = normal(1, 6, 1, 1, 1).abs().add(0.1).clampMax(1);
      real.weight().assign(Sign.of(normal(2, 6, 4 / groups, 3, 3)).mul(perFilter));
      // One size in the whole image: with padding 1, the outermost windows hold fewer values.
      Tensor x = Sign.of(normal(3, 2, 4, 5, 6)).mul(0.7);
      BinaryConv2d scaled = new BinaryConv2d(real, form(Inputs.SCALED, WeightGradient.PAPER));
      Tensor got = scaled.forward(x).detach();
      Tensor want = real.forward(x).detach();
      if (mode == PaddingMode.ZEROS) {
        got = got.narrow(2, 1, 3).narrow(3, 1, 4);
        want = want.narrow(2, 1, 3).narrow(3, 1, 4);
      }
      Tensors.assertClose(mode.name(), got.contiguous(), want.contiguous(), EXACT);
    }
  }

  @Test
  void theScaleIsTheMeanSizeOfEachWindowInItsGroup() {
    Conv2d real = conv(4, 6, 3, 2, PaddingMode.ZEROS);
    Tensor x = normal(3, 2, 4, 5, 6);
    Tensor got = new BinaryConv2d(real, new XnorNet()).scale(x.abs());
    // The same convolution with ones over the number of taps and channels.
    Tensor ones = Tensor.full(DType.FLOAT64, 1.0 / (2 * 9), 6, 2, 3, 3);
    Tensors.assertClose("K", got, real.convolve(x.abs(), ones, null, 2), EXACT);
    Tensor linear = new BinaryLinear(new Linear(4, 2), new XnorNet()).scale(normal(1, 3, 4).abs());
    Tensors.assertClose("K", linear, normal(1, 3, 4).abs().mean(1, true), EXACT);
  }

  @Test
  void eachFormIsItsFormula() {
    Conv2d real = conv(4, 6, 3, 1, PaddingMode.ZEROS);
    Tensor x = normal(3, 2, 4, 5, 6);
    Tensor w = real.weight().value().detach();
    Tensor b = real.bias().value().detach();
    Tensor alpha = w.abs().mean(new int[] {1, 2, 3}, false).view(1, 6, 1, 1);
    Tensor weights = real.convolve(x, Sign.of(w), null, 1).mul(alpha).add(b.view(1, 6, 1, 1));
    Tensor signs = real.convolve(Sign.of(x), Sign.of(w), null, 1);
    Tensor k = new BinaryConv2d(real, new XnorNet()).scale(x.abs());
    assertForward("BWN", real, XnorNet.binaryWeights(), x, weights);
    Tensor scaled = signs.mul(alpha);
    assertForward("K alpha", real, new XnorNet(), x, scaled.mul(k).add(b.view(1, 6, 1, 1)));
    XnorNet withoutK = form(Inputs.SIGN, WeightGradient.PAPER);
    assertForward("alpha", real, withoutK, x, scaled.add(b.view(1, 6, 1, 1)));
    XnorNet plain = new XnorNet(Inputs.SIGN, false, WeightGradient.PAPER);
    assertForward("plain", real, plain, x, signs.add(b.view(1, 6, 1, 1)));
  }

  private static void assertForward(String what, Conv2d real, XnorNet f, Tensor x, Tensor want) {
    Tensors.assertClose(what, new BinaryConv2d(real, f).forward(x).detach(), want, EXACT);
  }

  @Test
  void thePapersGradientIsItsFormula() {
    Tensor w = normal(1, 3, 2, 3, 3).mul(1.5);
    w.narrow(0, 0, 1).fill_(1);
    Tensor g = normal(2, 3, 2, 3, 3);
    double n = 18;
    Tensor alpha = w.abs().sum(new int[] {1, 2, 3}, true).div(n);
    Tensor inside = w.abs().le(1).to(DType.FLOAT64);
    Tensor expected = g.mul(alpha.mul(inside).add(1 / n));
    Tensors.assertClose("PAPER", latentGradient(new XnorNet(), w, g), expected, EXACT);
    XnorNet plain = new XnorNet(Inputs.SIGN, false, WeightGradient.PAPER);
    Tensors.assertClose("no alpha", latentGradient(plain, w, g), g.mul(inside), EXACT);
  }

  @Test
  void whereNothingPassesTheSignTheDerivativeIsThatByDifferences() {
    XnorNet form = form(Inputs.REAL, WeightGradient.DERIVATIVE);
    Tensor w = normal(1, 3, 7);
    Tensor outside = w.add(Sign.of(w)); // |w| > 1, far from the sign's step
    Gradients.check(in -> form.effective(in.get(0)), outside);
  }

  @ParameterizedTest
  @EnumSource
  void inputsOfBinaryWeightsHaveTheGradientByDifferences(WeightGradient gradient) {
    Conv2d real = conv(4, 6, 3, 2, PaddingMode.ZEROS);
    BinaryConv2d layer = new BinaryConv2d(real, form(Inputs.REAL, gradient));
    Gradients.check(in -> layer.forward(in.get(0)), normal(4, 2, 4, 5, 5));
  }

  @Test
  void theGradientOfScaledSignsIsStraightThrough() {
    Linear real = new Linear(5, 3);
    real.to(DType.FLOAT64);
    BinaryLinear layer = new BinaryLinear(real, new XnorNet());
    Tensor x = normal(3, 4, 5).requiresGrad(true);
    Tensor g = normal(4, 4, 3);
    Tensor got =
        Autograd.grad(List.of(layer.forward(x)), List.of(x), List.of(g), false, false).get(0);
    Tensor k = x.detach().abs().mean(1, true);
    Tensor effective = new XnorNet().effective(real.weight().value()).detach();
    Tensor expected = g.mul(k).matmul(effective).mul(x.detach().abs().lt(1).to(DType.FLOAT64));
    Tensors.assertClose("dC/dI", got, expected, EXACT);
  }

  @Test
  void theRewriteKeepsTheFirstAndTheLastLayerReal() {
    Layer net = network();
    assertThat(new XnorNet().apply(net)).isSameAs(net);
    assertThat(net.slot("conv1").get()).isInstanceOf(Conv2d.class);
    assertThat(net.slot("conv2.binary").get()).isInstanceOf(BinaryConv2d.class);
    assertThat(net.slot("fc1.norm").get()).isInstanceOf(BatchNorm1d.class);
    assertThat(net.slot("fc1.binary").get()).isInstanceOf(BinaryLinear.class);
    assertThat(net.slot("head").get()).isInstanceOf(Linear.class);
    assertThat(net.state()).containsKeys("conv2.binary.weight", "conv2.binary.bias");
    Layer weights = XnorNet.binaryWeights().apply(network());
    assertThat(weights.slot("conv2").get()).isInstanceOf(BinaryConv2d.class);
    Layer copy = net.copy().eval();
    Tensor x = batch(4).input();
    Tensors.assertSame("copy", copy.forward(x).detach(), net.eval().forward(x).detach());
  }

  @Test
  void aStepLeavesLatentWeightsRealCentredAndClamped() {
    Layer net = new XnorNet().apply(network()).train();
    Learner learner =
        new Backprop(
                new CrossEntropy(),
                new LatentWeights(new Sgd(200, 0)), // so large that the clamp is at work
                new Schedule.Constant(),
                0,
                1,
                false)
            .start(net);
    Map<String, Tensor> before = net.snapshot();
    learner.learn(batch(16), 0);
    Tensor w = net.state().get("conv2.binary.weight").detach();
    Tensor first = before.get("conv2.binary.weight");
    assertThat(first.mean(1, false).abs().amax().item()).isLessThan(1e-6);
    assertThat(w.abs().amax().item()).isEqualTo(1);
    assertThat(w.abs().lt(1).any().itemBool()).isTrue();
    assertThat(w.abs().sub(w.abs().mean()).abs().amax().item()).isGreaterThan(0.1);
    Tensor gradient = ((BinaryLayer) net.slot("conv2.binary").get()).weight().grad();
    Tensor stepped = first.sub(gradient.mul(200));
    Tensor expected = stepped.sub(stepped.mean(1, true)).clamp(-1, 1);
    Tensors.assertClose("projected", w, expected, 1e-5);
    Tensor head = net.state().get("head.weight").detach();
    Tensor plain =
        before.get("head.weight").sub(net.parameters().get("head.weight").grad().mul(200));
    Tensors.assertClose("real layers take the plain step", head, plain, 1e-6);
  }

  @Test
  void itLearns() {
    Layer net = new XnorNet().apply(network()).train();
    Learner learner =
        new Backprop(new CrossEntropy(), new LatentWeights(new Adam(0.01))).start(net);
    double first = learner.learn(batch(32), 0);
    double last = first;
    for (int i = 0; i < 40; i++) {
      last = learner.learn(batch(32), 0);
    }
    assertThat(last).isLessThan(first / 4);
  }

  @Test
  void misuseIsRefused() {
    assertThatThrownBy(
            () -> new XnorNet().apply(new Sequential(new Linear(2, 2), new Linear(2, 2))))
        .hasMessageContaining("the first and the last layer stay real");
    assertThatThrownBy(() -> new LatentWeights().on(network()))
        .hasMessageContaining("no trainable binary weights");
    assertThatThrownBy(
            () ->
                new BinaryConv2d(conv(4, 6, 3, 1, PaddingMode.ZEROS), new XnorNet())
                    .forward(normal(1, 2, 3, 5, 5)))
        .hasMessageContaining("[N, 4, H, W]");
  }

  @Reference("xnor-net")
  @ParameterizedTest
  @ValueSource(strings = {"conv", "linear"})
  void weightsAndGradientsAreThoseOfThePyTorchPort(String kind) {
    Fixture fixture = Fixture.read("binary/xnor_" + kind);
    Tensor w = fixture.get("start").copy();
    LatentWeights.project(w);
    Tensors.assertClose("centred and clamped", w, fixture.get("latent"), EXACT);
    XnorNet form = form(Inputs.SIGN, WeightGradient.DERIVATIVE);
    Tensors.assertClose("alpha B", form.effective(w).detach(), fixture.get("effective"), EXACT);
    double n = (double) w.numel() / w.size(0);
    double extra = (1 - 1.0 / w.size(1)) * n;
    Tensor gradient = latentGradient(form, w, fixture.get("gradient"));
    Tensors.assertClose("gradient", gradient.mul(extra), fixture.get("latent_gradient"), EXACT);
  }

  @Reference("xnor-net")
  @Test
  void signsAndTheirGradientAreThoseOfThePyTorchPort() {
    Fixture fixture = Fixture.read("binary/xnor_sign");
    Tensor x = fixture.get("in").copy().requiresGrad(true);
    Tensor y = Sign.straightThrough(x);
    Tensors.assertSame("sign", y.detach(), fixture.get("out"));
    y.backward(fixture.get("gout"));
    Tensors.assertClose("gradient", x.grad(), fixture.get("gin"), 0); // 0 may be -0
  }
}
