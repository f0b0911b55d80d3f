package dev.proteus.methods.norm;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Exact;
import dev.proteus.core.testing.Fixture;
import dev.proteus.core.testing.Gradients;
import dev.proteus.core.testing.Reference;
import dev.proteus.methods.norm.RmsNorm.Eps;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Exact("rmsnorm")
final class RmsNormTest {
  private static final int D = 12;

  private final Generator random = Generator.seeded(3);
  private final Tensor x = random.normal(0.5, 2, 5, 4, D).to(DType.FLOAT64);

  /** In float64, with a weight (and bias) that no mistake can hide behind. */
  private RmsNorm norm(double eps, Eps place, double p, boolean bias) {
    RmsNorm norm = new RmsNorm(D, eps, place, p, bias);
    norm.to(DType.FLOAT64);
    norm.weight().assign(random.uniform(0.5, 1.5, D));
    if (bias) {
      norm.bias().assign(random.normal(0, 1, D));
    }
    return norm;
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.5})
  void scalingTheInputChangesNothing(double p) {
    for (Eps place : Eps.values()) {
      RmsNorm norm = norm(0, place, p, true);
      assertClose("3x", norm.forward(x.mul(3)), norm.forward(x), 1e-12);
    }
  }

  @Test
  void shiftingTheInputDoes() {
    RmsNorm norm = norm(0, Eps.OUTSIDE, 1, false);
    assertThat(norm.forward(x.add(1)).allClose(norm.forward(x), 1e-2, 1e-2)).isFalse();
  }

  @Test
  void rescalingTheWeightsBeforeChangesNothingButRecentringDoes() {
    RmsNorm norm = norm(0, Eps.OUTSIDE, 1, false);
    Tensor w = random.normal(0, 1, D, D).to(DType.FLOAT64);
    Tensor y = norm.forward(F.linear(x, w, null));
    assertClose("rescaled", norm.forward(F.linear(x, w.mul(7), null)), y, 1e-12);
    Tensor recentred = norm.forward(F.linear(x, w.add(1), null));
    assertThat(recentred.allClose(y, 1e-2, 1e-2)).isFalse();
  }

  @Test
  void equalsLayerNormWhereTheMeanIsZero() {
    RmsNorm norm = norm(1e-5, Eps.INSIDE, 1, true);
    LayerNorm layerNorm = new LayerNorm(new long[] {D}, 1e-5, true, true);
    layerNorm.to(DType.FLOAT64);
    layerNorm.load(norm.state());
    Tensor centred = x.sub(x.mean(-1, true));
    assertClose("y", norm.forward(centred), layerNorm.forward(centred), 1e-12);
  }

  @Test
  void theOutputWithoutWeightHasLengthRootD() {
    RmsNorm norm = norm(0, Eps.OUTSIDE, 1, false);
    Tensor length = norm.forward(x).div(norm.weight().value()).norm(2, new int[] {-1}, false);
    assertClose("length", length.detach(), length.detach().onesLike().mul(Math.sqrt(D)), 1e-12);
  }

  @ParameterizedTest
  @EnumSource
  void isItsFormulaWhereverEpsIs(Eps place) {
    double eps = 0.3;
    RmsNorm norm = norm(eps, place, 1, true);
    Tensor mean = x.square().mean(-1, true);
    Tensor rms = place == Eps.INSIDE ? mean.add(eps).sqrt() : mean.sqrt().add(eps);
    Tensor expected = x.div(rms).mul(norm.weight().value()).add(norm.bias().value());
    assertClose("y", norm.forward(x).detach(), expected.detach(), 1e-12);
  }

  @ParameterizedTest
  @EnumSource
  void thePartialNormMeasuresTheFirstEntriesOnly(Eps place) {
    RmsNorm norm = norm(0.3, place, 0.49, false); // floor(0.49 * 12) = 5
    Tensor mean = x.slice(-1, 0, 5).square().mean(-1, true);
    Tensor rms = place == Eps.INSIDE ? mean.add(0.3).sqrt() : mean.sqrt().add(0.3);
    Tensor expected = x.div(rms).mul(norm.weight().value());
    assertClose("y", norm.forward(x).detach(), expected.detach(), 1e-12);
  }

  @Test
  void gradientIsTheClosedFormAndOrthogonalToTheInput() {
    RmsNorm norm = norm(0, Eps.OUTSIDE, 1, false);
    Tensor a = x.copy().requiresGrad(true);
    Tensor dy = random.normal(0, 1, 5, 4, D).to(DType.FLOAT64);
    Tensor y = norm.forward(a);
    Tensor da = Autograd.grad(List.of(y), List.of(a), List.of(dy), false, false).get(0);
    Tensor s = x.square().mean(-1, true).rsqrt();
    Tensor gdy = dy.mul(norm.weight().value().detach());
    Tensor closed = gdy.mul(s).sub(x.mul(s.pow(3)).mul(gdy.mul(x).sum(-1, true)).div(D));
    assertClose("da", da, closed, 1e-12);
    assertClose("<da, a>", da.mul(x).sum(-1), x.select(-1, 0).zerosLike(), 1e-12);
  }

  @ParameterizedTest
  @EnumSource
  void gradientsAreThoseOfDifferences(Eps place) {
    try (Scope s = Scope.open()) {
      Gradients.check(norm(0.1, place, 1, true), x);
      Gradients.check(norm(0.1, place, 0.5, true), x);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aVectorOfZerosStaysOneAndHasAFiniteGradient(Eps place) {
    Tensor zeros = Tensor.zeros(DType.FLOAT64, 2, D).requiresGrad(true);
    Tensor y = norm(1e-8, place, 1, false).forward(zeros);
    assertSame("y", y.detach(), Tensor.zeros(DType.FLOAT64, 2, D));
    assertThat(Autograd.grad(y.sum(), List.of(zeros)).get(0).isFinite()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rmsnorm",
        "rmsnorm_bias",
        "rmsnorm_partial",
        "rmsnorm_large_eps",
        "rmsnorm_inside",
        "rmsnorm_inside_partial"
      })
  @Reference("rmsnorm")
  void equalsTheOfficialCode(String name) {
    Fixture f = Fixture.read("norm/" + name);
    JsonNode c = f.config();
    Eps place = f.type().equals("rmsnorm_torch") ? Eps.OUTSIDE : Eps.INSIDE;
    boolean bias = c.path("bias").asBoolean();
    double p = c.path("p").asDouble(1);
    RmsNorm norm = new RmsNorm(c.get("d").asLong(), c.get("eps").asDouble(), place, p, bias);
    compare(f, norm, 1e-12);
  }

  /** The engine's kernel of the same function, through PyTorch. */
  @Test
  @Reference("rmsnorm")
  void equalsTorchsModule() {
    compare(Fixture.read("nn/rmsnorm"), new RmsNorm(8, 1e-6), 1e-5);
  }

  private static void compare(Fixture f, Layer norm, double tolerance) {
    try (Scope s = Scope.open()) {
      norm.to(f.get("in.0").dtype());
      norm.load(f.group("param."));
      Tensor in = f.get("in.0").copy().requiresGrad(true);
      Tensor y = norm.forward(in);
      assertClose("out", y.detach(), f.get("out.0"), tolerance);
      y.backward(f.get("gout.0"));
      assertClose("gin", in.grad(), f.get("gin.0"), tolerance);
      f.group("gparam.")
          .forEach((n, g) -> assertClose(n, norm.parameters().get(n).grad(), g, tolerance));
    }
  }

  @Property(tries = 40)
  void keepsShapeAndType(
      @ForAll @Size(max = 3) List<@IntRange(max = 3) Integer> batch,
      @ForAll @IntRange(min = 1, max = 20) int d,
      @ForAll Eps place) {
    long[] shape = new long[batch.size() + 1];
    for (int i = 0; i < batch.size(); i++) {
      shape[i] = batch.get(i);
    }
    shape[batch.size()] = d;
    for (DType type : List.of(DType.FLOAT32, DType.FLOAT64, DType.BFLOAT16)) {
      Layer norm = new RmsNorm(d, 1e-6, place, 1, true).to(type);
      Tensor in = Tensor.ones(shape).to(type);
      assertThat(norm.forward(in).describe()).isEqualTo(in.describe());
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> new RmsNorm(12, 1e-8, Eps.OUTSIDE, 0.0625, false))
        .hasMessageContaining("p = 0.0625 of 12 entries is none");
    assertThatThrownBy(() -> new RmsNorm(12, 1e-8, Eps.OUTSIDE, 1.5, false))
        .hasMessageContaining("p must be from 0 to 1");
    assertThatThrownBy(() -> new RmsNorm(12).forward(Tensor.ones(3, 4)))
        .hasMessageContaining("RmsNorm(12): expected [.., 12], got");
  }

  @Test
  void copiesAreEqualAndApart() {
    RmsNorm norm = norm(1e-8, Eps.OUTSIDE, 0.5, true);
    Layer copy = norm.copy();
    assertSame("copy", copy.forward(x).detach(), norm.forward(x).detach());
    norm.weight().assign(norm.weight().value().detach().mul(2));
    assertThat(copy.forward(x).equal(norm.forward(x))).isFalse();
  }
}
