package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Long short-term memory, batch first.
 *
 * <pre>  i, f, g, o = sigma(z_i), sigma(z_f), tanh(z_g), sigma(z_o)
 *   z = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh
 *   c_t = f c_(t-1) + i g,  h_t = o tanh(c_t)
 *   x: [N, T, in], output: [N, T, D hidden], states: [layers D, N, hidden], D directions  </pre>
 *
 * @see <a href="https://doi.org/10.1162/neco.1997.9.8.1735">Long Short-Term Memory</a>
 */
public final class LSTM extends RecurrentLayer {
  private static final long serialVersionUID = 1L;

  public LSTM(long in, long hidden) {
    this(in, hidden, 1, false, true, 0);
  }

  /**
   * @param dropout between the layers, in training
   */
  public LSTM(
      long in, long hidden, int layers, boolean bidirectional, boolean bias, double dropout) {
    super(4, in, hidden, layers, bidirectional, bias, dropout);
  }

  @Override
  public F.Recurrent run(Tensor x) {
    check(x);
    return unroll(x, zeroState(x), zeroState(x));
  }

  public F.Recurrent run(Tensor x, Tensor h0, Tensor c0) {
    check(x);
    checkState("h0", h0, x);
    checkState("c0", c0, x);
    return unroll(x, h0, c0);
  }

  @Override
  F.Recurrent engine(
      Tensor x, Tensor h0, Tensor c0, List<Tensor> weights, boolean bias, int layers, boolean two) {
    return F.lstm(x, h0, c0, weights, bias, layers, two);
  }
}
