package dev.proteus.core.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Tensors;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** Shapes and multiply-accumulates for any size of batch and layer. */
class LayerShapeTest {
  @Property(tries = 40)
  void linearKeepsAllButTheLastDimension(
      @ForAll @Size(max = 3) List<@IntRange(min = 0, max = 4) Integer> batch,
      @ForAll @LongRange(min = 1, max = 6) long in,
      @ForAll @LongRange(min = 1, max = 6) long out) {
    long[] shape = new long[batch.size() + 1];
    long rows = 1;
    for (int i = 0; i < batch.size(); i++) {
      shape[i] = batch.get(i);
      rows *= batch.get(i);
    }
    shape[batch.size()] = in;
    try (Scope s = Scope.open()) {
      Linear layer = new Linear(in, out);
      Tensor x = Tensor.ones(shape);
      Tensor y = layer.forward(x);
      shape[batch.size()] = out;
      assertThat(y.shape()).containsExactly(shape);
      assertThat(layer.macs(x, y)).isEqualTo(rows * in * out);
    }
  }

  @Property(tries = 60)
  void convolutionHasTheSizeOfItsFormula(
      @ForAll @LongRange(min = 1, max = 3) long n,
      @ForAll @LongRange(min = 1, max = 2) long groups,
      @ForAll @LongRange(min = 1, max = 4) long kernel,
      @ForAll @LongRange(min = 1, max = 3) long stride,
      @ForAll @LongRange(min = 0, max = 2) long padding,
      @ForAll @LongRange(min = 1, max = 2) long dilation,
      @ForAll PaddingMode mode) {
    try (Scope s = Scope.open()) {
      Conv2d layer =
          new Conv2d(
              2 * groups,
              3 * groups,
              new long[] {kernel, 1},
              new long[] {stride, 1},
              new long[] {padding, 0},
              new long[] {dilation, 1},
              groups,
              true,
              mode);
      Tensor x = Tensor.ones(n, 2 * groups, 9, 5);
      Tensor y = layer.forward(x);
      long height = (9 + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
      assertThat(y.shape()).containsExactly(n, 3 * groups, height, 5);
      assertThat(layer.macs(x, y)).isEqualTo(n * 3L * groups * height * 5 * 2 * kernel);
    }
  }

  @Property(tries = 60)
  void samePaddingKeepsTheSizeAndPadsAsTheMode(
      @ForAll @LongRange(min = 1, max = 5) long kernel,
      @ForAll @LongRange(min = 1, max = 2) long dilation,
      @ForAll PaddingMode mode) {
    try (Scope s = Scope.open()) {
      long[] pad = Conv.same(new long[] {kernel}, new long[] {dilation});
      Conv1d layer = new Conv1d(2, 3, kernel, 1, pad, dilation, 1, true, mode);
      Tensor x = Tensor.arange(20).to(DType.FLOAT32).reshape(1, 2, 10);
      Tensor y = layer.forward(x);
      assertThat(y.shape()).containsExactly(1, 3, 10);
      Tensor by =
          F.conv1d(
              beyond(x, (int) pad[0], (int) pad[1], mode),
              layer.weight().value(),
              layer.bias().value(),
              1,
              0,
              dilation,
              1);
      Tensors.assertClose("padded by hand", y, by, 1e-5);
    }
  }

  /** Pads [1, C, L] by the definition of each mode, element by element. */
  private static Tensor beyond(Tensor x, int before, int after, PaddingMode mode) {
    int length = (int) x.size(2);
    Tensor[] columns = new Tensor[before + length + after];
    for (int i = 0; i < columns.length; i++) {
      int at = i - before;
      int inside =
          switch (mode) {
            case ZEROS, REPLICATE -> Math.min(Math.max(at, 0), length - 1);
            case REFLECT -> at < 0 ? -at : at >= length ? 2 * (length - 1) - at : at;
            case CIRCULAR -> Math.floorMod(at, length);
          };
      Tensor column = x.narrow(2, inside, 1);
      columns[i] = mode == PaddingMode.ZEROS && inside != at ? column.mul(0) : column;
    }
    return Tensor.cat(2, columns);
  }

  @Property(tries = 40)
  void aTransposedConvolutionIsTheAdjoint(
      @ForAll @LongRange(min = 1, max = 3) long kernel,
      @ForAll @LongRange(min = 1, max = 3) long stride,
      @ForAll @LongRange(min = 1, max = 2) long groups) {
    try (Scope s = Scope.open()) {
      Conv2d down = new Conv2d(2 * groups, 4 * groups, kernel, stride, 0, groups, false);
      long[] k = {kernel, kernel};
      long[] st = {stride, stride};
      long[] zero = {0, 0};
      ConvTranspose2d up =
          new ConvTranspose2d(
              4 * groups, 2 * groups, k, st, zero, zero, new long[] {1, 1}, groups, false);
      up.weight().assign(down.weight().value());
      Generator g = Generator.seeded(3);
      Tensor y = g.normal(0, 1, 2, 4 * groups, 3, 2);
      Tensor back = up.forward(y);
      Tensor x = g.normal(0, 1, back.shape());
      // <down(x), y> = <x, up(y)>
      Tensors.assertClose("inner product", down.forward(x).mul(y).sum(), x.mul(back).sum(), 1e-4);
      assertThat(up.macs(y, back)).isEqualTo(down.macs(back, y));
    }
  }

  @Property(tries = 30)
  void recurrentOutputsAndStates(
      @ForAll @LongRange(min = 1, max = 3) long n,
      @ForAll @LongRange(min = 1, max = 4) long steps,
      @ForAll @IntRange(min = 1, max = 3) int layers,
      @ForAll boolean two) {
    try (Scope s = Scope.open()) {
      long d = two ? 2 : 1;
      Tensor x = Tensor.ones(n, steps, 3);
      F.Recurrent lstm = new LSTM(3, 4, layers, two, true, 0.5).run(x);
      assertThat(lstm.output().shape()).containsExactly(n, steps, 4 * d);
      assertThat(lstm.hidden().shape()).containsExactly(layers * d, n, 4);
      assertThat(lstm.cell().shape()).containsExactly(layers * d, n, 4);
      GRU gru = new GRU(3, 4, layers, two, true, 0);
      assertThat(gru.run(x).output().shape()).containsExactly(n, steps, 4 * d);
      assertThat(gru.macs(x, x))
          .isEqualTo(n * steps * d * 12L * ((3 + 4) + (layers - 1L) * (4 * d + 4)));
    }
  }

  @Property(tries = 30)
  void poolsOfAnyBatch(
      @ForAll @LongRange(min = 1, max = 4) long n, @ForAll @LongRange(min = 1, max = 5) long size) {
    try (Scope s = Scope.open()) {
      Tensor x = Tensor.ones(n, 2, 7, 5);
      assertThat(new AdaptiveAvgPool2d(size, 1).forward(x).shape()).containsExactly(n, 2, size, 1);
      assertThat(new MaxPool2d(size).forward(x).shape()).containsExactly(n, 2, 7 / size, 5 / size);
      assertThat(new GlobalAvgPool().forward(x).shape()).containsExactly(n, 2);
      assertThat(new Flatten().forward(x).shape()).containsExactly(n, 70);
    }
  }
}
