package dev.proteus.core.adapter;

import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Weighted sums of LoRA adapters as a new one, of scale 1. With w_i the weights and s_i the scales,
 *
 * <pre>
 *   LINEAR  A = sum_i sign(w_i) sqrt(|w_i| s_i) A_i, B = sum_i sqrt(|w_i| s_i) B_i; of equal ranks
 *   CAT     A = [w_i s_i A_i]_i, B = [B_i]_i; exactly the sum, and its rank is the sum of the ranks
 *   SVD     B A = the rank r matrix closest to sum_i w_i s_i B_i A_i
 * </pre>
 *
 * <p>The formulas are those of PEFT's {@code add_weighted_adapter}. LINEAR has products of one
 * adapter's A with another's B in it, so it is no sum of what the adapters compute.
 */
public enum LoraSum {
  LINEAR,
  CAT,
  SVD;

  private record Term(double weight, LoraPart part) {}

  /**
   * Attaches the sum; it is neither active nor trainable yet.
   *
   * @param weights of adapters of the network, by name
   * @throws IllegalArgumentException naming the adapter, if one is not a LoRA or has more to it
   *     than A and B (DoRA, biases), or two have modules to save; naming the layer where ranks
   *     differ and LINEAR needs equal ones
   */
  public AttachedAdapter add(Adapters adapters, String name, Map<String, Double> weights) {
    int rank = 0;
    for (String source : weights.keySet()) {
      int its = largestRank(summand(adapters, source));
      rank = this == CAT ? rank + its : Math.max(rank, its);
    }
    return add(adapters, name, weights, rank);
  }

  /**
   * Attaches the sum; it is neither active nor trainable yet.
   *
   * @param rank of the new adapter; only for SVD, where it is a choice
   */
  public AttachedAdapter add(
      Adapters adapters, String name, Map<String, Double> weights, int rank) {
    if (weights.isEmpty()) {
      throw new IllegalArgumentException("weights must name adapters, but is empty");
    }
    Require.positive("rank", rank);
    Map<String, List<Term>> terms = new LinkedHashMap<>();
    Map<String, Part> saved = new LinkedHashMap<>();
    Set<String> modules = new LinkedHashSet<>();
    weights.forEach(
        (source, weight) -> {
          summand(adapters, source);
          List<String> its = adapters.get(source).method().modulesToSave();
          if (!its.isEmpty() && !modules.isEmpty()) {
            throw new IllegalArgumentException(
                "'" + source + "' is the second with modules to save, which have no sum");
          }
          modules.addAll(its);
          adapters
              .parts(source)
              .forEach(
                  (path, parts) -> {
                    if (parts.get(0) instanceof LoraPart p) {
                      terms.computeIfAbsent(path, x -> new ArrayList<>()).add(new Term(weight, p));
                    } else {
                      saved.put(path, parts.get(0));
                    }
                  });
        });
    if (this == LINEAR) {
      terms.forEach((path, ts) -> checkRanks(path, ts, rank));
    }
    Lora first = summand(adapters, weights.keySet().iterator().next());
    Lora sum =
        new Lora(rank, rank, first.dropout(), adapters.targets(terms.keySet()))
            .saving(modules.toArray(String[]::new));
    AttachedAdapter attached = adapters.plant(name, sum, /* strict= */ true);
    adapters
        .parts(name)
        .forEach(
            (path, parts) -> {
              if (parts.get(0) instanceof LoraPart p) {
                assign(p, terms.get(path), rank);
              } else {
                Part from = saved.get(path);
                parts.get(0).files().forEach((n, s) -> s.assign(from.files().get(n).value()));
              }
            });
    return attached;
  }

  private static int largestRank(Lora lora) {
    return lora.rankPattern().values().stream().reduce(lora.rank(), Math::max);
  }

  private static Lora summand(Adapters adapters, String name) {
    LayerAdapter method = adapters.get(name).method();
    if (!((method instanceof AdapterWithHead w ? w.adapter() : method) instanceof Lora lora)) {
      throw new IllegalArgumentException("'" + name + "' is a " + method + "; only LoRA has a sum");
    }
    if (lora.dora() || lora.loraBias() || lora.bias() != BiasMode.NONE) {
      throw new IllegalArgumentException(
          "'" + name + "' has more to it than A and B (DoRA or biases), which has no sum");
    }
    return lora;
  }

  private static void checkRanks(String path, List<Term> terms, int rank) {
    for (Term t : terms) {
      if (t.part().a().value().size(0) != rank) {
        throw new IllegalArgumentException(
            "a linear sum is of equal ranks, but '"
                + path
                + "' has a change of rank "
                + t.part().a().value().size(0)
                + " beside "
                + rank
                + "; use CAT or SVD");
      }
    }
  }

  private void assign(LoraPart part, List<Term> terms, int rank) {
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      List<Tensor> as = new ArrayList<>();
      List<Tensor> bs = new ArrayList<>();
      for (Term t : terms) {
        double w = t.weight() * t.part().scale();
        double root = Math.sqrt(Math.abs(w));
        as.add(flat(t.part().a().value()).mul(this == LINEAR ? root * Math.signum(w) : w));
        bs.add(flat(t.part().b().value()).mul(this == LINEAR ? root : 1));
      }
      if (this == LINEAR) {
        set(part, total(as), total(bs));
        return;
      }
      Tensor a = Tensor.cat(0, as);
      Tensor b = Tensor.cat(1, bs);
      if (this == CAT) {
        set(part, padded(a, 0, rank), padded(b, 1, rank));
        return;
      }
      Tensor.Svd svd = b.matmul(a).svd();
      long kept = Math.min(rank, svd.s().size(0));
      Tensor u = svd.u().narrow(1, 0, kept).mul(svd.s().narrow(0, 0, kept));
      set(part, padded(svd.vt().narrow(0, 0, kept), 0, rank), padded(u, 1, rank));
    }
  }

  private static Tensor flat(Tensor t) {
    return t.flatten(1, -1);
  }

  private static Tensor total(List<Tensor> ts) {
    return ts.stream().reduce(Tensor::add).orElseThrow();
  }

  /** With zeros up to a size. */
  private static Tensor padded(Tensor t, int dim, long size) {
    long[] rest = t.shape();
    rest[dim] = size - rest[dim];
    return rest[dim] == 0 ? t : Tensor.cat(dim, t, Tensor.zeros(t.dtype(), rest));
  }

  private static void set(LoraPart part, Tensor a, Tensor b) {
    part.a().assign(a.reshape(part.a().value().shape()));
    part.b().assign(b.reshape(part.b().value().shape()));
  }
}
