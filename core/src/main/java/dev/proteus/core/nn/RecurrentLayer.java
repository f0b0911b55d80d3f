package dev.proteus.core.nn;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What LSTM and GRU share: stacked layers, directions, weights under PyTorch's names, dropout. */
abstract class RecurrentLayer extends Layer {
  private static final long serialVersionUID = 1L;

  private final long in;
  private final long hidden;
  private final long gates;
  private final int layers;
  private final long directions;
  private final boolean bias;
  private final double dropout;
  private final ArrayList<Parameter> weights = new ArrayList<>();

  RecurrentLayer(
      int gates,
      long in,
      long hidden,
      int layers,
      boolean bidirectional,
      boolean bias,
      double dropout) {
    if (layers < 1) {
      throw new IllegalArgumentException("layers must be at least 1, but is " + layers);
    }
    this.in = in;
    this.hidden = hidden;
    this.gates = gates;
    this.layers = layers;
    this.directions = bidirectional ? 2 : 1;
    this.bias = bias;
    this.dropout = Dropout.probability(dropout);
    for (int layer = 0; layer < layers; layer++) {
      for (int d = 0; d < directions; d++) {
        String suffix = "_l" + layer + (d == 0 ? "" : "_reverse");
        add("weight_ih" + suffix, gates * hidden, width(layer));
        add("weight_hh" + suffix, gates * hidden, hidden);
        if (bias) {
          add("bias_ih" + suffix, gates * hidden);
          add("bias_hh" + suffix, gates * hidden);
        }
      }
    }
  }

  private void add(String name, long... shape) {
    double bound = 1 / Math.sqrt((double) hidden);
    Tensor w = Init.uniform_(Tensor.empty(DType.FLOAT32, shape), -bound, bound);
    weights.add(parameter(name, w));
  }

  /** Width of what goes into a layer. */
  private long width(int layer) {
    return layer == 0 ? in : directions * hidden;
  }

  /** Runs {@code layers} stacked layers of these weights; {@code c0} is null for a GRU. */
  abstract F.Recurrent engine(
      Tensor x, Tensor h0, Tensor c0, List<Tensor> weights, boolean bias, int layers, boolean two);

  /** Output and last states, from states of zeros. */
  public abstract F.Recurrent run(Tensor x);

  /** The output alone, from states of zeros. */
  @Override
  public final Tensor forward(Tensor x) {
    return run(x).output();
  }

  final F.Recurrent unroll(Tensor x, Tensor h0, Tensor c0) {
    List<Tensor> values = weights.stream().map(Parameter::value).toList();
    boolean two = directions == 2;
    if (!isTraining() || dropout == 0 || layers == 1) {
      return engine(x, h0, c0, values, bias, layers, two);
    }
    // One layer at a time: the engine's own dropout does not draw from the run's generator.
    int each = values.size() / layers;
    Tensor y = x;
    List<Tensor> h = new ArrayList<>();
    List<Tensor> c = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      Tensor input = layer == 0 ? y : F.dropout(y, dropout, Generator.current());
      F.Recurrent r =
          engine(
              input,
              h0.narrow(0, layer * directions, directions),
              c0 == null ? null : c0.narrow(0, layer * directions, directions),
              values.subList(layer * each, (layer + 1) * each),
              bias,
              1,
              two);
      y = r.output();
      h.add(r.hidden());
      c.add(r.cell());
    }
    return new F.Recurrent(y, Tensor.cat(0, h), c0 == null ? null : Tensor.cat(0, c));
  }

  final void check(Tensor x) {
    if (x.dim() != 3 || x.size(2) != in) {
      throw wrongInput("[N, T, " + in + "]", x);
    }
  }

  final void checkState(String name, Tensor state, Tensor x) {
    long n = x.size(0);
    if (state.dim() != 3
        || state.size(0) != layers * directions
        || state.size(1) != n
        || state.size(2) != hidden) {
      throw wrongInput(name + " [" + layers * directions + ", " + n + ", " + hidden + "]", state);
    }
  }

  final Tensor zeroState(Tensor x) {
    return Tensor.zeros(x.dtype(), layers * directions, x.size(0), hidden).to(x.device());
  }

  @Override
  public final long macs(Tensor input, Tensor output) {
    long perStep = 0;
    for (int layer = 0; layer < layers; layer++) {
      perStep += directions * gates * hidden * (width(layer) + hidden);
    }
    return input.size(0) * input.size(1) * perStep;
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName() + "(" + in + ", " + hidden + ")";
  }
}
