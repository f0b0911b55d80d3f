package dev.proteus.core.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.surgery.Select;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Low-rank adaptation: learns a change of rank r for each target weight and leaves the weight as it
 * is.
 *
 * <pre>
 *   y = W x + b + s B A dropout(x)      W: [out, in], A: [r, in], B: [out, r], s = alpha / r
 * </pre>
 *
 * <p>A starts random and B at zero, so that an attached network computes what it did. Takes linear
 * layers, convolutions (A has the layer's kernel, B is 1x1; no dilation) and embeddings (A starts
 * at zero and B normal; no dropout). The variants are PEFT's, and so are the folders:
 *
 * <ul>
 *   <li>{@code rslora}: s = alpha / sqrt(r)
 *   <li>{@code dora}: the rows of W + s B A get lengths m of their own, W' = m (W + s B A) / |W + s
 *       B A|, where the length that it is divided by is no variable of the gradient; m starts at
 *       |W|
 *   <li>{@code loraBias}: B has a bias
 * </ul>
 *
 * @param rank r
 * @param alpha strength of the change
 * @param dropout on the way to A, in training
 * @param targets the layers; {@link Targets}
 * @param modulesToSave names of modules that are trained as a whole, such as a new head
 * @param bias the biases of the network that are trained along
 * @param rslora divide alpha by the root of the rank
 * @param dora learn the rows' lengths apart
 * @param loraBias B has a bias
 * @param init of A
 * @param rankPattern other ranks, by regular expressions of which the first counts that a path or
 *     an end of one after a dot matches
 * @param alphaPattern other alphas, likewise
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA: Low-Rank Adaptation of Large Language
 *     Models</a>
 * @see <a href="https://arxiv.org/abs/2312.03732">A Rank Stabilization Scaling Factor for
 *     Fine-Tuning with LoRA</a>
 * @see <a href="https://arxiv.org/abs/2402.09353">DoRA: Weight-Decomposed Low-Rank Adaptation</a>
 */
@Paper(id = "lora")
public record Lora(
    int rank,
    double alpha,
    double dropout,
    Targets targets,
    List<String> modulesToSave,
    BiasMode bias,
    boolean rslora,
    boolean dora,
    boolean loraBias,
    LoraInit init,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern)
    implements LayerAdapter {

  /** PEFT's values, on every layer that there is a low-rank form of. */
  public Lora() {
    this(8, 8, 0, new Targets());
  }

  /** The plain form. */
  public Lora(int rank, double alpha, double dropout, Targets targets) {
    this(
        rank,
        alpha,
        dropout,
        targets,
        List.of(),
        BiasMode.NONE,
        false,
        false,
        false,
        LoraInit.UNIFORM,
        Map.of(),
        Map.of());
  }

  /**
   * The plain form.
   *
   * @param targets names or globs; {@link Select}
   */
  public Lora(int rank, double alpha, double dropout, List<String> targets) {
    this(rank, alpha, dropout, Targets.of(targets.toArray(String[]::new)));
  }

  public Lora {
    Require.positive("rank", rank);
    Require.positive("alpha", alpha);
    Require.decay("dropout", dropout);
    modulesToSave = List.copyOf(modulesToSave);
    // In order: the first pattern that fits counts.
    rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
    alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
    rankPattern.values().forEach(r -> Require.positive("rankPattern", r));
    alphaPattern.values().forEach(a -> Require.positive("alphaPattern", a));
    rankPattern.keySet().forEach(Lora::ending);
    alphaPattern.keySet().forEach(Lora::ending);
  }

  /** The same with modules that are trained as a whole. */
  public Lora saving(String... modules) {
    return new Lora(
        rank,
        alpha,
        dropout,
        targets,
        List.of(modules),
        bias,
        rslora,
        dora,
        loraBias,
        init,
        rankPattern,
        alphaPattern);
  }

  // ---- folders ----

  /**
   * The adapter of a PEFT folder, without its values.
   *
   * @throws IllegalArgumentException naming the key, if the folder's adapter computes something
   *     else than LoRA's forms here
   */
  public static Lora read(Path folder) {
    return LoraConfig.read(PeftFolder.config(folder));
  }

  /**
   * Attaches the adapter of a PEFT folder, with its values.
   *
   * @throws IllegalArgumentException if it computes something else, or does not fit the network;
   *     nothing is changed then
   */
  public static AttachedAdapter load(Layer net, String name, Path folder) {
    return Adapters.of(net).attach(name, read(folder), folder);
  }

  @Override
  public Map<String, Object> peftConfig() {
    return LoraConfig.write(this);
  }

  @Override
  public void check(JsonNode config) {
    LoraConfig.check(this, config);
  }

  // ---- parts ----

  @Override
  public boolean takes(Layer layer) {
    return LoraPart.takes(layer);
  }

  @Override
  public LoraPart part(String path, Layer layer) {
    return LoraPart.of(layer, this, path);
  }

  /** r of a layer. */
  int rankOf(String path) {
    return of(path, rankPattern, rank);
  }

  /** s of a layer. */
  double scaleOf(String path) {
    int r = rankOf(path);
    return of(path, alphaPattern, alpha) / (rslora ? Math.sqrt(r) : r);
  }

  private static <V> V of(String path, Map<String, V> patterns, V otherwise) {
    for (Map.Entry<String, V> e : patterns.entrySet()) {
      if (ending(e.getKey()).matcher(path).lookingAt()) {
        return e.getValue();
      }
    }
    return otherwise;
  }

  private static Pattern ending(String pattern) {
    return Targets.pattern("(.*\\.)?(" + pattern + ")$");
  }
}
