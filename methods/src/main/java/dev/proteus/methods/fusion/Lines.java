package dev.proteus.methods.fusion;

import dev.proteus.core.method.Fusion;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * LiNeS: adds what fine-tuning changed back to the base, the more the deeper it is, so that the
 * general features of the first blocks stay.
 *
 * <pre>
 *   tau_i    = tuned_i - base                           task vectors, i = 1 .. N
 *   tau      = sum_i tau_i, or another merged vector
 *   a        = alpha / N |sum_i tau_i|_1 / |tau|_1
 *   lambda_l = a + beta l / (L - 1)                     block l = 0 .. L - 1
 *   fused    = base + lambda_l tau                      outside of the blocks: base + a tau
 * </pre>
 *
 * <p>To edit one network, {@code beta = 1 - alpha} leaves its last block as it was tuned; choose
 * alpha from 0, 0.1, .., 1 by validation, on the target and on a control task. To merge several,
 * {@code alpha = 1} starts from their average; choose beta from 0.1, 0.2, .., 1.
 *
 * <p>Only floating-point tensors take part. Statistics of batch norms ({@code running_mean}, {@code
 * running_var}) are no task vectors: they and integers stay the base's, and should be estimated
 * anew for the fused network. Heads belong to their tasks: leave them out of the state dicts.
 *
 * @param alpha of the first block and of all outside blocks, before the correction for merging
 * @param beta what the last block has more
 * @param blocks path of a block, with {@code *} for a number: {@code encoder.layer.*}, {@code
 *     layer*.*}; blocks are ordered by these numbers
 * @see <a href="https://arxiv.org/abs/2410.17146">LiNeS: Post-training Layer Scaling Prevents
 *     Forgetting and Enhances Model Merging</a>
 */
@Paper(id = "lines")
public record Lines(double alpha, double beta, String blocks) implements Fusion {

  private static final Pattern STATISTIC = Pattern.compile("(^|.*\\.)running_(mean|var)$");

  public Lines() {
    this(1, 0.5, "blocks.*");
  }

  public Lines {
    Require.notNegative("alpha", alpha);
    Require.notNegative("beta", beta);
    if (!blocks.contains("*")) {
      throw new IllegalArgumentException(
          "blocks must have a * for the block's number, as in layer.*, but is " + blocks);
    }
  }

  /** Task vectors by sum, as in task arithmetic. */
  @Override
  public Map<String, Tensor> fuse(Map<String, Tensor> base, List<Map<String, Tensor>> tuned) {
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      Map<String, Tensor> fused = scaled(base, tuned.size(), sum(base, tuned), sum(base, tuned));
      fused.values().forEach(scope::keep);
      return fused;
    }
  }

  /**
   * Task vectors merged in another way.
   *
   * @param merged tau, by the names of the floating-point tensors
   */
  public Map<String, Tensor> fuse(
      Map<String, Tensor> base, List<Map<String, Tensor>> tuned, Map<String, Tensor> merged) {
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      Map<String, Tensor> fused = scaled(base, tuned.size(), sum(base, tuned), merged);
      fused.values().forEach(scope::keep);
      return fused;
    }
  }

  private Map<String, Tensor> scaled(
      Map<String, Tensor> base, int n, Map<String, Tensor> sum, Map<String, Tensor> merged) {
    same("merged", sum, merged);
    double norm = norm(merged.values());
    double a = norm == 0 ? 0 : alpha / n * norm(sum.values()) / norm;
    Map<String, Double> depths = depths(merged.keySet());
    Map<String, Tensor> fused = new LinkedHashMap<>();
    base.forEach(
        (name, t) -> {
          Tensor tau = merged.get(name);
          double lambda = a + beta * depths.getOrDefault(name, 0.0);
          fused.put(name, tau == null ? t.detach().copy() : t.detach().add(tau, lambda));
        });
    return fused;
  }

  /** l / (L - 1) of each tensor within a block. */
  Map<String, Double> depths(Collection<String> names) {
    Pattern block =
        Pattern.compile(
            Arrays.stream(blocks.split("\\*", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining("(\\d+)"))
                + "(?=\\.).*");
    TreeSet<List<Integer>> numbers = new TreeSet<>(Lines::compare);
    Map<String, List<Integer>> ofName = new LinkedHashMap<>();
    for (String name : names) {
      Matcher m = block.matcher(name);
      if (m.matches()) {
        MatchResult r = m.toMatchResult();
        List<Integer> number =
            IntStream.rangeClosed(1, r.groupCount())
                .mapToObj(i -> Integer.valueOf(r.group(i)))
                .toList();
        ofName.put(name, number);
        numbers.add(number);
      }
    }
    if (numbers.size() < 2) {
      throw new IllegalArgumentException(
          "blocks: '"
              + blocks
              + "' finds "
              + numbers.size()
              + " blocks, but depth needs two or more; there are "
              + names.stream().limit(8).collect(Collectors.joining(", ")));
    }
    Map<List<Integer>, Double> depth = new LinkedHashMap<>();
    numbers.forEach(b -> depth.put(b, (double) depth.size() / (numbers.size() - 1)));
    Map<String, Double> depths = new LinkedHashMap<>();
    ofName.forEach((name, b) -> depths.put(name, depth.get(b)));
    return depths;
  }

  private static int compare(List<Integer> a, List<Integer> b) {
    int i = 0;
    while (i < a.size() - 1 && a.get(i).equals(b.get(i))) {
      i++;
    }
    return a.get(i).compareTo(b.get(i));
  }

  /** sum_i (tuned_i - base), without what is no task vector. */
  private static Map<String, Tensor> sum(
      Map<String, Tensor> base, List<Map<String, Tensor>> tuned) {
    if (tuned.isEmpty()) {
      throw new IllegalArgumentException("needs one tuned network or more, got none");
    }
    tuned.forEach(t -> same("tuned", base, t));
    Map<String, Tensor> sum = new LinkedHashMap<>();
    base.forEach(
        (name, t) -> {
          if (t.dtype().isFloating() && !STATISTIC.matcher(name).matches()) {
            Tensor tau = t.zerosLike();
            tuned.forEach(other -> tau.add_(other.get(name).detach()).sub_(t.detach()));
            sum.put(name, tau);
          }
        });
    return sum;
  }

  /** |v|_1 over all tensors. */
  private static double norm(Collection<Tensor> v) {
    return v.stream().mapToDouble(t -> t.to(DType.FLOAT64).abs().sum().item()).sum();
  }

  private static void same(String what, Map<String, Tensor> base, Map<String, Tensor> other) {
    if (!base.keySet().equals(other.keySet())) {
      TreeSet<String> apart = new TreeSet<>(base.keySet());
      other.keySet().forEach(name -> toggle(apart, name));
      throw new IllegalArgumentException(
          what + " must have the names of the base, but these are only in one: " + apart);
    }
    base.forEach(
        (name, t) -> {
          if (!Arrays.equals(t.shape(), other.get(name).shape())) {
            throw new IllegalArgumentException(
                "'%s' of %s: expected %s, got %s"
                    .formatted(name, what, t.describe(), other.get(name).describe()));
          }
        });
  }

  private static void toggle(TreeSet<String> set, String name) {
    if (!set.remove(name)) {
      set.add(name);
    }
  }
}
