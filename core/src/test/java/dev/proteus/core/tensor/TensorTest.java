package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TensorTest {
  private static final Tensor X = matrix(2, 3, 1, 2, 3, 4, 5, 6);

  private static Tensor matrix(int rows, int columns, double... values) {
    return Tensor.of(values, rows, columns);
  }

  private static Tensor ints(long... values) {
    return Tensor.of(values, values.length);
  }

  private static void holds(Tensor t, double... values) {
    assertThat(t.toDoubles()).containsExactly(values, within(1e-12));
  }

  // ---- making ----

  @Test
  void makersGiveShapeTypeAndValues() {
    assertThat(Tensor.zeros(2, 0, 3).shape()).containsExactly(2, 0, 3);
    assertThat(Tensor.scalar(3).dim()).isZero();
    assertThat(Tensor.scalar(3).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Tensor.zeros(DType.BOOL, 2).dtype()).isEqualTo(DType.BOOL);
    holds(Tensor.full(DType.INT32, 7, 2), 7, 7);
    holds(Tensor.arange(4), 0, 1, 2, 3);
    holds(Tensor.linspace(-1, 1, 5), -1, -0.5, 0, 0.5, 1);
    holds(Tensor.eye(2), 1, 0, 0, 1);
    assertThat(Tensor.of(new float[] {1.5f}, 1).dtype()).isEqualTo(DType.FLOAT32);
    assertThat(Tensor.of(new int[] {1}, 1).dtype()).isEqualTo(DType.INT32);
    holds(Tensor.of(new byte[] {-1, 2}, 2), 255, 2);
    holds(X.zerosLike().add(X.onesLike()), 1, 1, 1, 1, 1, 1);
    assertThat(X.zerosLike().dtype()).isEqualTo(DType.FLOAT64);
    Tensor bytes = Tensor.ofBytes(new byte[] {0, 0, (byte) 0x80, 0x3f}, DType.FLOAT32, 1);
    holds(bytes, 1);
    assertThat(bytes.toBytes()).containsExactly(0, 0, 0x80, 0x3f);
  }

  // ---- elements ----

  private record Element(UnaryOperator<Tensor> op, DoubleUnaryOperator expected) {}

  private static Map<String, Element> elements() {
    Map<String, Element> all = new TreeMap<>();
    all.put("neg", new Element(Tensor::neg, x -> -x));
    all.put("abs", new Element(Tensor::abs, Math::abs));
    all.put("exp", new Element(Tensor::exp, Math::exp));
    all.put("expm1", new Element(Tensor::expm1, Math::expm1));
    all.put("log", new Element(t -> t.abs().log(), x -> Math.log(Math.abs(x))));
    all.put("log1p", new Element(t -> t.abs().log1p(), x -> Math.log1p(Math.abs(x))));
    all.put("log2", new Element(t -> t.abs().log2(), x -> Math.log(Math.abs(x)) / Math.log(2)));
    all.put("sqrt", new Element(t -> t.abs().sqrt(), x -> Math.sqrt(Math.abs(x))));
    all.put("rsqrt", new Element(t -> t.abs().rsqrt(), x -> 1 / Math.sqrt(Math.abs(x))));
    all.put("square", new Element(Tensor::square, x -> x * x));
    all.put("reciprocal", new Element(Tensor::reciprocal, x -> 1 / x));
    all.put("sin", new Element(Tensor::sin, Math::sin));
    all.put("cos", new Element(Tensor::cos, Math::cos));
    all.put("tan", new Element(Tensor::tan, Math::tan));
    all.put("asin", new Element(t -> t.div(3).asin(), x -> Math.asin(x / 3)));
    all.put("acos", new Element(t -> t.div(3).acos(), x -> Math.acos(x / 3)));
    all.put("atan", new Element(Tensor::atan, Math::atan));
    all.put("sinh", new Element(Tensor::sinh, Math::sinh));
    all.put("cosh", new Element(Tensor::cosh, Math::cosh));
    all.put("tanh", new Element(Tensor::tanh, Math::tanh));
    all.put("sigmoid", new Element(Tensor::sigmoid, x -> 1 / (1 + Math.exp(-x))));
    all.put("relu", new Element(Tensor::relu, x -> Math.max(0, x)));
    all.put("floor", new Element(Tensor::floor, Math::floor));
    all.put("ceil", new Element(Tensor::ceil, Math::ceil));
    all.put("round", new Element(Tensor::round, Math::rint)); // halves to even
    all.put("trunc", new Element(Tensor::trunc, x -> x < 0 ? Math.ceil(x) : Math.floor(x)));
    all.put("sign", new Element(Tensor::sign, Math::signum));
    all.put("rsub", new Element(t -> t.rsub(2), x -> 2 - x));
    all.put("pow", new Element(t -> t.pow(3), x -> x * x * x));
    all.put("clamp", new Element(t -> t.clamp(-1, 0.7), x -> Math.min(0.7, Math.max(-1, x))));
    all.put("clampMin", new Element(t -> t.clampMin(0.2), x -> Math.max(0.2, x)));
    all.put("clampMax", new Element(t -> t.clampMax(0.2), x -> Math.min(0.2, x)));
    // the sign of the divisor, as in Python
    all.put("remainder", new Element(t -> t.remainder(2), x -> x - 2 * Math.floor(x / 2)));
    all.put("floorDivide", new Element(t -> t.floorDivide(0.5), x -> Math.floor(x / 0.5)));
    return all;
  }

  @Test
  void functionsOfElementsAreThoseOfTheirNames() {
    double[] x = {-2.5, -1.5, -0.3, 0.2, 0.5, 1, 2.7};
    Tensor t = Tensor.of(x, x.length);
    elements()
        .forEach(
            (name, e) -> {
              double[] y = e.op().apply(t).toDoubles();
              for (int i = 0; i < x.length; i++) {
                double want = e.expected().applyAsDouble(x[i]);
                assertThat(y[i]).as("%s(%s)", name, x[i]).isCloseTo(want, within(1e-12));
              }
            });
    holds(Tensor.of(new double[] {0.5}, 1).erf(), 0.5204998778130465);
  }

  @Test
  void arithmeticBroadcasts() {
    Tensor row = matrix(1, 3, 10, 20, 30);
    Tensor column = matrix(2, 1, 1, 2);
    holds(X.add(row), 11, 22, 33, 14, 25, 36);
    holds(X.sub(column), 0, 1, 2, 2, 3, 4);
    holds(X.mul(column), 1, 2, 3, 8, 10, 12);
    holds(row.div(column), 10, 20, 30, 5, 10, 15);
    holds(column.pow(column), 1, 4);
    holds(X.add(row, 0.1), 2, 4, 6, 5, 7, 9);
    holds(X.maximum(row.div(5)), 2, 4, 6, 4, 5, 6);
    holds(X.minimum(row.div(5)), 1, 2, 3, 2, 4, 6);
    holds(X.lerp(X.zerosLike(), 0.25), 0.75, 1.5, 2.25, 3, 3.75, 4.5);
  }

  @Test
  void comparisonsAndChoices() {
    Tensor big = X.gt(3);
    assertThat(big.dtype()).isEqualTo(DType.BOOL);
    holds(big, 0, 0, 0, 1, 1, 1);
    holds(X.ge(3).logicalAnd(X.le(4)), 0, 0, 1, 1, 0, 0);
    holds(X.lt(2).logicalOr(X.eq(6)), 1, 0, 0, 0, 0, 1);
    holds(X.ne(2).logicalNot(), 0, 1, 0, 0, 0, 0);
    holds(big.where(X, X.neg()), -1, -2, -3, 4, 5, 6);
    holds(big.where(X, 0), 0, 0, 0, 4, 5, 6);
    holds(X.maskedFill(big, -1), 1, 2, 3, -1, -1, -1);
    holds(X.maskedSelect(big), 4, 5, 6);
    holds(big.nonzero(), 1, 0, 1, 1, 1, 2);
    assertThat(big.any().itemBool()).isTrue();
    assertThat(big.all().itemBool()).isFalse();
  }

  @Test
  void equalityIsOfShapeTypeAndValue() {
    assertThat(X.equal(X.copy())).isTrue();
    assertThat(X.equal(X.to(DType.FLOAT32))).isFalse();
    assertThat(X.equal(X.reshape(3, 2))).isFalse();
    Tensor nan = Tensor.vector(Double.NaN);
    assertThat(nan.equal(nan)).isFalse();
    assertThat(nan.isFinite()).isFalse();
    assertThat(Tensor.vector(Double.POSITIVE_INFINITY).isFinite()).isFalse();
    assertThat(X.isFinite()).isTrue();
    holds(Tensor.vector(Double.NaN, 1).isnan(), 1, 0);
    holds(Tensor.vector(Double.NEGATIVE_INFINITY, 1).isinf(), 1, 0);
    assertThat(X.allClose(X.add(1e-7), 0, 1e-6)).isTrue();
    assertThat(X.allClose(X.add(1e-5), 0, 1e-6)).isFalse();
    assertThat(X.allClose(X.reshape(6), 0, 1)).isFalse();
  }

  // ---- types ----

  private static DType type(Tensor t) {
    return t.dtype();
  }

  @Test
  void wholeNumbersKeepIntegersOtherNumbersDoNot() {
    Tensor i = ints(1, 2);
    assertThat(type(i.add(1))).isEqualTo(DType.INT64);
    assertThat(type(i.mul(3))).isEqualTo(DType.INT64);
    assertThat(type(i.rsub(3))).isEqualTo(DType.INT64);
    assertThat(type(i.clamp(0, 1))).isEqualTo(DType.INT64);
    assertThat(type(i.pow(2))).isEqualTo(DType.INT64);
    assertThat(type(i.add(0.5))).isEqualTo(DType.FLOAT32);
    assertThat(type(i.div(2))).isEqualTo(DType.FLOAT32);
    assertThat(type(i.floorDivide(2))).isEqualTo(DType.INT64);
    assertThat(type(i.add(Double.POSITIVE_INFINITY))).isEqualTo(DType.FLOAT32);
    assertThat(i.add(1e300).isFinite()).isFalse();
    assertThat(i.lt(Double.POSITIVE_INFINITY).all().itemBool()).isTrue();
    assertThat(type(Tensor.of(new int[] {1}, 1).add(1))).isEqualTo(DType.INT32);
    assertThat(type(Tensor.zeros(DType.BOOL, 1).add(1))).isEqualTo(DType.INT64);
    assertThat(type(X.add(1))).isEqualTo(DType.FLOAT64);
    assertThat(type(Tensor.ones(1).add(0.1))).isEqualTo(DType.FLOAT32);
    assertThat(type(Tensor.ones(1).to(DType.BFLOAT16).mul(0.1))).isEqualTo(DType.BFLOAT16);
    holds(ints(1L << 53).add(1).sub(1L << 53), 1); // beyond a double's whole numbers
  }

  @Test
  void twoTypesGiveTheWiderOne() {
    Tensor i32 = Tensor.of(new int[] {1}, 1);
    Tensor f32 = Tensor.ones(1);
    assertThat(type(i32.add(ints(1)))).isEqualTo(DType.INT64);
    assertThat(type(ints(1).add(f32))).isEqualTo(DType.FLOAT32);
    assertThat(type(f32.add(f32.to(DType.FLOAT64)))).isEqualTo(DType.FLOAT64);
    assertThat(type(f32.to(DType.BFLOAT16).add(f32))).isEqualTo(DType.FLOAT32);
    assertThat(type(f32.to(DType.BFLOAT16).add(f32.to(DType.FLOAT16)))).isEqualTo(DType.FLOAT32);
    assertThat(type(i32.div(i32))).isEqualTo(DType.FLOAT32);
    assertThat(type(Tensor.zeros(DType.BOOL, 1).add(i32))).isEqualTo(DType.INT32);
    // a tensor without dimensions does not widen one with dimensions of the same kind
    assertThat(type(f32.add(Tensor.full(DType.FLOAT64, 1)))).isEqualTo(DType.FLOAT32);
    assertThat(type(ints(1).sum())).isEqualTo(DType.INT64);
    assertThat(type(f32.gt(0).sum())).isEqualTo(DType.INT64);
  }

  @Test
  void conversionsRoundAsTheTypeDoes() {
    holds(Tensor.vector(1.9, -1.9).to(DType.INT64), 1, -1);
    holds(Tensor.vector(1.00390625).to(DType.BFLOAT16), 1); // 8 bits of precision, half to even
    assertThat(Tensor.scalar(0.1).item()).isEqualTo(0.1f);
    assertThat(X.to(DType.FLOAT64)).isSameAs(X);
    assertThat(type(X.toLike(Tensor.ones(1)))).isEqualTo(DType.FLOAT32);
    assertThat(Tensor.of(new float[] {1}, 1).viewAs(DType.INT32).item()).isEqualTo(0x3f800000);
  }

  @Test
  void valuesComeOutRowByRowWhateverTheStrides() {
    assertThat(X.t().toDoubles()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(X.t().toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
    assertThat(X.select(1, 2).toLongs()).containsExactly(3, 6);
    assertThat(ints(Long.MAX_VALUE).itemLong()).isEqualTo(Long.MAX_VALUE);
    assertThat(ints(258).buffer(0, 8).get(1)).isEqualTo((byte) 1);
    assertThat(X.requiresGrad(false).toString())
        .isEqualTo("[2, 3] float64 [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]");
  }

  // ---- views and copies ----

  @Test
  void viewsShareMemoryCopiesDoNot() {
    Tensor x = X.copy();
    List<Tensor> views =
        List.of(
            x.view(3, 2),
            x.reshape(6),
            x.t(),
            x.permute(1, 0),
            x.get(1),
            x.select(1, 0),
            x.narrow(1, 1, 2),
            x.slice(1, 0, 3, 2),
            x.unsqueeze(0),
            x.expand(4, 2, 3),
            x.flatten(),
            x.unflatten(1, 3, 1),
            x.diagonal(),
            x.unfold(1, 2, 1),
            x.split(1, 0).get(1),
            x.chunk(2, 0).get(0),
            x.contiguous(),
            x.detach(),
            x.viewAs(DType.INT64));
    assertThat(views).allMatch(x::isAliasOf);
    List<Tensor> copies =
        List.of(
            x.copy(),
            x.t().reshape(6),
            x.t().contiguous(),
            x.to(DType.FLOAT32),
            x.indexSelect(0, ints(0)),
            x.repeat(1, 2),
            x.flip(0),
            x.roll(1, 0),
            x.relu(),
            Tensor.cat(0, x),
            Tensor.stack(0, x));
    assertThat(copies).noneMatch(x::isAliasOf);
    x.narrow(1, 1, 1).fill_(0);
    holds(x, 1, 0, 3, 4, 0, 6);
  }

  @Test
  void underscoresChangeThisTensor() {
    Tensor x = X.copy();
    assertThat(x.add_(1)).isSameAs(x);
    holds(x, 2, 3, 4, 5, 6, 7);
    holds(x.sub_(1).mul_(2).div_(4), 0.5, 1, 1.5, 2, 2.5, 3);
    holds(x.copy_(X).add_(X, -1), 0, 0, 0, 0, 0, 0);
    holds(x.copy_(X).lerp_(X.zerosLike(), 0.5), 0.5, 1, 1.5, 2, 2.5, 3);
    holds(x.zero_().addcmul_(X, X, 0.5), 0.5, 2, 4.5, 8, 12.5, 18);
    holds(x.fill_(1).addcdiv_(X, X, -1), 0, 0, 0, 0, 0, 0);
    holds(x.copy_(X).clamp_(2, 5), 2, 2, 3, 4, 5, 5);
    holds(ints(0, 0, 0).indexAdd_(0, ints(2, 2), ints(1, 5)), 0, 0, 6);
    holds(ints(0, 0, 0).indexCopy_(0, ints(1), ints(5)), 0, 5, 0);
  }

  // ---- reductions ----

  @Test
  void reductionsByHand() {
    assertThat(X.sum().item()).isEqualTo(21);
    holds(X.sum(0), 5, 7, 9);
    assertThat(X.sum(0, true).shape()).containsExactly(1, 3);
    holds(X.mean(-1), 2, 5);
    holds(X.amax(1, false), 3, 6);
    assertThat(X.amin().item()).isEqualTo(1);
    holds(X.var(new int[] {1}, 1, false), 1, 1);
    holds(X.var(new int[] {1}, 0, false), 2.0 / 3, 2.0 / 3);
    holds(X.std(new int[] {0}, 0, false), 1.5, 1.5, 1.5);
    assertThat(matrix(1, 2, 3, 4).norm().item()).isEqualTo(5);
    holds(X.norm(1, new int[] {0}, false), 5, 7, 9);
    holds(X.prod(1, false), 6, 120);
    holds(X.argmax(1), 2, 2);
    holds(X.neg().argmin(0), 1, 1, 1);
    holds(X.cumsum(1), 1, 3, 6, 4, 9, 15);
    holds(X.cumprod(0), 1, 2, 3, 4, 10, 18);
    double z = Math.exp(1) + Math.exp(2) + Math.exp(3);
    assertThat(X.logsumexp(1, false).get(0).item()).isCloseTo(Math.log(z), within(1e-12));
    assertThat(X.softmax(1).get(1).get(0).item()).isCloseTo(Math.exp(1) / z, within(1e-12));
    assertThat(X.logSoftmax(1).exp().sum().item()).isCloseTo(2, within(1e-12));
  }

  @Test
  void orderByHand() {
    Tensor x = matrix(1, 4, 3, 1, 4, 2);
    Tensor.Indexed sorted = x.sort(1, true);
    holds(sorted.values(), 4, 3, 2, 1);
    holds(sorted.indices(), 2, 0, 3, 1);
    holds(x.argsort(-1, false), 1, 3, 0, 2);
    holds(x.topk(2, 1, false).values(), 1, 2);
    holds(x.max(1, false).indices(), 2);
    holds(x.min(1, true).values(), 1);
  }

  // ---- products ----

  @Test
  void productsByHand() {
    holds(X.matmul(X.t()), 14, 32, 32, 77);
    holds(X.einsum("ij,kj->ik", X), 14, 32, 32, 77);
    holds(X.matmul(Tensor.of(new double[] {1, 0, -1}, 3)), -2, -2);
    holds(X.get(0).outer(X.get(1).narrow(0, 0, 2)), 4, 5, 8, 10, 12, 15);
    assertThat(X.dot(X).item()).isEqualTo(91);
    holds(X.diagonal(), 1, 5);
    holds(X.triu(1), 0, 2, 3, 0, 0, 6);
    holds(X.tril(0), 1, 0, 0, 4, 5, 0);
  }

  @Test
  void decompositionsMultiplyBack() {
    Tensor.Svd svd = X.svd();
    assertThat(svd.u().mul(svd.s()).matmul(svd.vt()).allClose(X, 0, 1e-12)).isTrue();
    assertThat(svd.s().square().sum().item()).isCloseTo(91, within(1e-10));
    Tensor.Qr qr = X.t().qr();
    assertThat(qr.q().matmul(qr.r()).allClose(X.t(), 0, 1e-12)).isTrue();
    Tensor eye = Tensor.eye(2).to(DType.FLOAT64);
    assertThat(qr.q().t().matmul(qr.q()).allClose(eye, 0, 1e-12)).isTrue();
    Tensor square = X.matmul(X.t());
    assertThat(square.matmul(square.choleskySolve(X)).allClose(X, 0, 1e-12)).isTrue();
    assertThatThrownBy(() -> square.neg().choleskySolve(X)).hasMessageContaining("positive");
  }

  // ---- shape and picking ----

  @Test
  void shapesByHand() {
    holds(X.flip(1), 3, 2, 1, 6, 5, 4);
    holds(X.roll(1, 1), 3, 1, 2, 6, 4, 5);
    holds(X.get(0).repeatInterleave(2, 0), 1, 1, 2, 2, 3, 3);
    holds(X.get(0).repeat(2), 1, 2, 3, 1, 2, 3);
    holds(X.get(0).unfold(0, 2, 1), 1, 2, 2, 3);
    holds(Tensor.cat(1, X, X.narrow(1, 0, 1)), 1, 2, 3, 1, 4, 5, 6, 4);
    assertThat(Tensor.stack(1, X, X).shape()).containsExactly(2, 2, 3);
    assertThat(X.unsqueeze(1).squeeze(1).shape()).containsExactly(2, 3);
    assertThat(X.reshape(3, -1).shape()).containsExactly(3, 2);
    assertThat(Tensor.zeros(2, 3, 4).flatten(1, 2).shape()).containsExactly(2, 12);
    assertThat(X.chunk(2, 1).get(0).shape()).containsExactly(2, 2);
    assertThat(X.size(-1)).isEqualTo(3);
    Tensor image = Tensor.zeros(1, 2, 3, 3).channelsLast();
    assertThat(image.isContiguous()).isFalse();
    assertThat(image.shape()).containsExactly(1, 2, 3, 3);
  }

  @Test
  void pickingByHand() {
    holds(X.gather(1, Tensor.of(new long[] {2, 0}, 2, 1)), 3, 4);
    holds(X.scatter(1, Tensor.of(new long[] {2, 0}, 2, 1), 0), 1, 2, 0, 0, 5, 6);
    holds(X.scatter(1, Tensor.of(new long[] {1}, 1, 1), matrix(1, 1, 9)), 1, 9, 3, 4, 5, 6);
    holds(X.scatterAdd(0, Tensor.of(new long[] {0, 0}, 2, 1), X), 6, 2, 3, 4, 5, 6);
    holds(X.indexSelect(1, ints(2, 2, 0)), 3, 3, 1, 6, 6, 4);
    holds(ints(0, 2).oneHot(3), 1, 0, 0, 0, 0, 1);
    holds(ints(0, 2, 2).bincount(4), 1, 0, 2, 0);
    holds(X.slice(1, 0, 3, 2), 1, 3, 4, 6);
  }

  @Property(tries = 50)
  void partsPutTogetherAreTheWhole(
      @ForAll @IntRange(min = 1, max = 7) int n,
      @ForAll @IntRange(min = 1, max = 5) int size,
      @ForAll @IntRange(min = 0, max = 1) int dim) {
    Tensor x = Tensor.arange((long) n * n).view(n, n);
    assertThat(Tensor.cat(dim, x.split(size, dim)).equal(x)).isTrue();
    assertThat(Tensor.cat(dim, x.chunk(size, dim)).equal(x)).isTrue();
    assertThat(x.split(size, dim)).hasSize((n + size - 1) / size);
  }

  // ---- errors ----

  @Test
  void errorsNameOperationAndShapesInOneLine() {
    assertThatThrownBy(() -> X.mul(matrix(1, 2, 1, 2)))
        .isInstanceOf(TensorException.class)
        .hasMessageStartingWith("mul([2, 3] float64, [1, 2] float64): ")
        .hasMessageNotContaining("\n");
    assertThatThrownBy(() -> X.view(4)).hasMessageStartingWith("view[4]([2, 3] float64): ");
    assertThatThrownBy(() -> X.add_(matrix(2, 2, 1, 2, 3, 4)))
        .hasMessageStartingWith("add_([2, 3] float64, [2, 2] float64): ");
    assertThatThrownBy(() -> X.indexSelect(0, ints(2))).hasMessageContaining("out of range");
    assertThatThrownBy(() -> X.size(2))
        .hasMessage("size: dimension 2 of [2, 3] float64 does not exist");
    assertThatThrownBy(X::item).hasMessage("item: needs one element, but this is [2, 3] float64");
    assertThatThrownBy(() -> Tensor.of(new double[5], 2, 3))
        .hasMessage("a shape of [2, 3] has 6 elements, the array 5");
    assertThatThrownBy(() -> Tensor.ofBytes(new byte[3], DType.FLOAT32, 1))
        .hasMessage("ofBytes: 3 bytes for [1] float32, which needs 4");
    assertThatThrownBy(() -> Tensor.zeros(-1)).hasMessageStartingWith("zeros[-1]: ");
    assertThatThrownBy(() -> Tensor.cat(0, X, X.t()))
        .hasMessageStartingWith("cat([2, 3] float64, [3, 2] float64): ");
    assertThatThrownBy(() -> X.einsum("ij,jk->ik", X))
        .hasMessageStartingWith("einsum ij,jk->ik([2, 3] float64, [2, 3] float64): ");
    assertThatThrownBy(() -> X.t().buffer(0, 8)).hasMessageStartingWith("buffer: needs a contig");
    assertThatThrownBy(() -> X.buffer(41, 8)).hasMessage("buffer: bytes 41 to 49 of 48");
    assertThatThrownBy(() -> ints(1).add_(0.5)).hasMessageStartingWith("add_([1] int64): ");
  }

  @Test
  void aClosedTensorSaysSo() {
    Tensor t = X.copy();
    t.close();
    assertThatThrownBy(() -> t.add(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> X.add(t)).hasMessageContaining("after its scope closed");
    assertThat(t.toString()).isEqualTo("Tensor closed");
    t.close(); // again does nothing
  }
}
