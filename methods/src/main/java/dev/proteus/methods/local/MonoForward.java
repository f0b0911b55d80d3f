package dev.proteus.methods.local;

import dev.proteus.core.data.Batch;
import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.optim.Adam;
import dev.proteus.core.optim.Kernels;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.LearningRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Mono-Forward: each block learns by itself, from the cross entropy of its own linear read-out.
 *
 * <pre>
 *   a_i = f_i(sg(a_{i-1}))       f_i: block i, sg: no gradient passes      a_i: [N, n_i], flattened
 *   G_i = a_i M_i^T              goodness of each class                    M_i: [K, n_i]
 *   L_i = CE(softmax(G_i), y)    changes f_i and M_i only
 * </pre>
 *
 * <p>The network is a {@link Sequential} that ends in a {@link Linear}, any classifier as one would
 * train it by backpropagation. That last layer is M_L (and may have a bias); the other M_i belong
 * to the learner. A block begins at each child with weights (see {@link Kernels}) and takes in the
 * children without (activation, pooling, norm, flattening) up to the next; what precedes the first
 * one belongs to it. A child that is itself a {@code Sequential} or a residual stage is one block,
 * with backpropagation inside.
 *
 * <p>Each block's graph is freed before the next block runs, so that memory for activations does
 * not grow with depth.
 *
 * @param optimizer of each block and its M_i
 * @param prediction which goodness predicts
 * @param passOn which activations the next block learns from
 * @see <a href="https://arxiv.org/abs/2501.09238">Mono-Forward: Backpropagation-Free Algorithm for
 *     Efficient Neural Network Training Harnessing Local Errors</a>
 */
@Paper(id = "mono-forward")
public record MonoForward(Optimizer optimizer, Prediction prediction, PassOn passOn)
    implements LearningRule {

  /** Which goodness predicts. */
  public enum Prediction {
    /** sum_i G_i, the paper's "FF" prediction. */
    SUM,
    /** G_L, the paper's "BP" prediction: the network's own output; the other M_i are not needed. */
    LAST
  }

  /** Which activations a block hands to the next while both learn. */
  public enum PassOn {
    /** Those that its loss was computed of: one forward pass a step. */
    BEFORE_UPDATE,
    /** Those of the updated block: a second forward pass (batch norms count the batch twice). */
    AFTER_UPDATE
  }

  /** Adam 1e-3, the summed goodness, and one forward pass. */
  public MonoForward() {
    this(new Adam(1e-3), Prediction.SUM, PassOn.BEFORE_UPDATE);
  }

  /**
   * Starts on a network.
   *
   * @throws IllegalArgumentException if it is no {@code Sequential} of a block or more and a last
   *     {@code Linear}
   */
  @Override
  public Learner start(Layer net) {
    return new Local(blocks(net));
  }

  private List<LocalBlock> blocks(Layer net) {
    if (!(net instanceof Sequential s)
        || s.children().size() < 2
        || !(s.children().get(s.children().size() - 1).get() instanceof Linear head)) {
      throw new IllegalArgumentException(
          "Mono-Forward trains a Sequential of blocks and a last Linear, got " + net);
    }
    List<Slot<Layer>> body = s.children().subList(0, s.children().size() - 1);
    List<List<Slot<Layer>>> parts = new ArrayList<>();
    boolean weights = true;
    for (Slot<Layer> child : body) {
      boolean more = !Kernels.of(child.get()).isEmpty();
      if (parts.isEmpty() || (more && weights)) {
        parts.add(new ArrayList<>());
        weights = false;
      }
      weights |= more;
      parts.get(parts.size() - 1).add(child);
    }
    List<LocalBlock> blocks = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      boolean last = i == parts.size() - 1;
      blocks.add(new LocalBlock(parts.get(i), optimizer, head.out(), last ? head : null));
    }
    return blocks;
  }

  private final class Local implements Learner {
    private final List<LocalBlock> blocks;

    Local(List<LocalBlock> blocks) {
      this.blocks = blocks;
    }

    /**
     * The sum of the local losses. If one is not finite, no block has changed; with {@link
     * PassOn#AFTER_UPDATE} those below it have.
     */
    @Override
    public double learn(Batch batch, double progress) {
      double loss = 0;
      Tensor a = batch.input();
      for (LocalBlock block : blocks) {
        try (Scope scope = Scope.open()) {
          Tensor out = block.forward(a);
          double local = block.backward(out, batch.target());
          loss += local;
          if (!Double.isFinite(local)) {
            return loss;
          }
          if (passOn == PassOn.AFTER_UPDATE) {
            block.step(progress);
            out = block.forward(a);
          }
          Tensor in = a;
          a = scope.keep(out.detach());
          if (in != batch.input()) {
            in.close();
          }
        }
      }
      if (passOn == PassOn.BEFORE_UPDATE) {
        blocks.forEach(block -> block.step(progress));
      }
      return loss;
    }

    @Override
    public Tensor predict(Tensor x) {
      Tensor a = x;
      Tensor goodness = null;
      for (LocalBlock block : blocks) {
        a = block.forward(a);
        if (prediction == Prediction.SUM || block == blocks.get(blocks.size() - 1)) {
          Tensor g = block.goodness(a);
          goodness = goodness == null ? g : goodness.add(g);
        }
      }
      return goodness;
    }

    @Override
    public Map<String, Tensor> snapshot() {
      Map<String, Tensor> all = new LinkedHashMap<>();
      for (int i = 0; i < blocks.size(); i++) {
        String prefix = i + ".";
        blocks.get(i).snapshot().forEach((name, t) -> all.put(prefix + name, t));
      }
      return all;
    }

    @Override
    public void restore(Map<String, Tensor> snapshot) {
      for (int i = 0; i < blocks.size(); i++) {
        String prefix = i + ".";
        Map<String, Tensor> own = new LinkedHashMap<>();
        snapshot.forEach(
            (name, t) -> {
              if (name.startsWith(prefix)) {
                own.put(name.substring(prefix.length()), t);
              }
            });
        blocks.get(i).restore(own);
      }
    }
  }
}
