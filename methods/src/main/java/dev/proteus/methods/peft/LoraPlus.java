package dev.proteus.methods.peft;

import dev.proteus.core.adapter.Lora;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Group;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.State;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * LoRA+: trains the B of a low-rank change B A ({@link Lora}) faster than the A.
 *
 * <pre>
 *   parameters                                     learning rate    weight decay
 *   A, and other trainable weights                 lr               weightDecay
 *   B, and all that have one dimension             ratio lr         weightDecay
 *   of these, biases and what is of layer norms    ratio lr         0
 *   A and B of embeddings                          embeddingLr      weightDecay
 * </pre>
 *
 * <p>For a width n and B = 0 at the start, both factors learn features at a stable pace where the
 * rate of A is of order 1/n and that of B of order 1, so that the ratio should grow with the width.
 * A ratio above 1 wants an {@code lr} of about half the usual. The paper has no single ratio
 * (RoBERTa on MNLI: 80 at lr 5e-5); 16 is its rule of thumb. A new head, if one is trained along,
 * learns at {@code lr}, its bias at {@code ratio lr}: as in the authors' code.
 *
 * @param lr learning rate of A
 * @param ratio learning rate of B over that of A
 * @param weightDecay of {@link AdamW}
 * @param embeddingLr learning rate of an embedding's A and B
 * @param beta1 of Adam
 * @param beta2 of Adam
 * @param eps of Adam
 * @see <a href="https://arxiv.org/abs/2402.12354">LoRA+: Efficient Low Rank Adaptation of Large
 *     Models</a>
 */
@Paper(id = "lora-plus")
public record LoraPlus(
    double lr,
    double ratio,
    double weightDecay,
    double embeddingLr,
    double beta1,
    double beta2,
    double eps)
    implements Optimizer {

  public LoraPlus() {
    this(5e-5, 16);
  }

  public LoraPlus(double lr, double ratio) {
    this(lr, ratio, 0, 1e-6, 0.9, 0.99, 1e-8);
  }

  public LoraPlus {
    Require.positive("ratio", ratio);
    Require.notNegative("embeddingLr", embeddingLr);
    new AdamW(lr, beta1, beta2, eps, weightDecay, false);
  }

  @Override
  public Stepper on(Layer net) {
    Set<Parameter> ofNorms = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Layer l : net.layers()) {
      if (l instanceof LayerNorm) {
        ofNorms.addAll(l.ownParameters().values());
      }
    }
    return new Stepper(groups(net.trainable(), ofNorms, adamW(weightDecay), adamW(0)));
  }

  /** {@inheritDoc} Paths do not tell what is of a layer norm, so its scale decays here. */
  @Override
  public Stepper on(Map<String, Parameter> parameters) {
    return new Stepper(groups(parameters, Set.of(), adamW(weightDecay), adamW(0)));
  }

  private AdamW adamW(double decay) {
    return new AdamW(lr, beta1, beta2, eps, decay, false);
  }

  /**
   * The groups for any rule of the same {@link #lr}.
   *
   * @param ofNorms parameters of layer norms
   * @param undecayed the rule without weight decay
   */
  List<Group> groups(
      Map<String, Parameter> parameters,
      Set<Parameter> ofNorms,
      Optimizer rule,
      Optimizer undecayed) {
    Map<String, Parameter> a = new LinkedHashMap<>();
    Map<String, Parameter> b = new LinkedHashMap<>();
    Map<String, Parameter> biasesAndNorms = new LinkedHashMap<>();
    Map<String, Parameter> embeddings = new LinkedHashMap<>();
    parameters.forEach(
        (path, p) -> {
          if (path.contains("lora_embedding_")) {
            embeddings.put(path, p);
          } else if (!path.contains("lora_B") && p.value().dim() != 1) {
            a.put(path, p);
          } else if (path.contains("bias") || ofNorms.contains(p)) {
            biasesAndNorms.put(path, p);
          } else {
            b.put(path, p);
          }
        });
    return List.of(
        new Group(a, rule, 1),
        new Group(embeddings, rule, embeddingLr / lr),
        new Group(b, rule, ratio),
        new Group(biasesAndNorms, undecayed, ratio));
  }

  @Override
  public void update(Tensor x, Tensor gradient, State state, double rate) {
    adamW(weightDecay).update(x, gradient, state, rate);
  }
}
