package dev.proteus.core.nn;

import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import java.util.List;

/**
 * Gated recurrent unit, batch first.
 *
 * <pre>  r = sigma(W_ir x_t + b_ir + W_hr h_(t-1) + b_hr),  z alike
 *   n = tanh(W_in x_t + b_in + r (W_hn h_(t-1) + b_hn))
 *   h_t = (1 - z) n + z h_(t-1)
 *   x: [N, T, in], output: [N, T, D hidden], state: [layers D, N, hidden], D directions  </pre>
 *
 * @see <a href="https://arxiv.org/abs/1406.1078">Learning Phrase Representations using RNN
 *     Encoder-Decoder</a>
 */
public final class GRU extends RecurrentLayer {
  private static final long serialVersionUID = 1L;

  public GRU(long in, long hidden) {
    this(in, hidden, 1, false, true, 0);
  }

  /**
   * @param dropout between the layers, in training
   */
  public GRU(
      long in, long hidden, int layers, boolean bidirectional, boolean bias, double dropout) {
    super(3, in, hidden, layers, bidirectional, bias, dropout);
  }

  @Override
  public F.Recurrent run(Tensor x) {
    check(x);
    return unroll(x, zeroState(x), null);
  }

  public F.Recurrent run(Tensor x, Tensor h0) {
    check(x);
    checkState("h0", h0, x);
    return unroll(x, h0, null);
  }

  @Override
  F.Recurrent engine(
      Tensor x, Tensor h0, Tensor c0, List<Tensor> weights, boolean bias, int layers, boolean two) {
    return F.gru(x, h0, weights, bias, layers, two);
  }
}
