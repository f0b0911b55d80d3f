package dev.proteus.models;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.nn.Buffer;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Meta;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings published tensors into a network, without allocating or drawing what the file has.
 *
 * <p>Each parameter and buffer needs its tensor, and each tensor its place, with these exceptions:
 *
 * <ul>
 *   <li>One name of a tied parameter is enough.
 *   <li>Constants ({@link #CONSTANT}), which some versions of the publishing libraries store, may
 *       be missing or left over.
 *   <li>A file of the network without its head lacks the prefix of its names, and one with a head
 *       may be read without it.
 *   <li>Whole layers of other heads may be left over. They may be missing, or of another shape,
 *       where the caller asked for another head.
 * </ul>
 */
final class Fit {
  private static final Logger LOG = LoggerFactory.getLogger(Fit.class);

  /** Values that follow from the configuration, or only count. */
  private static final Pattern CONSTANT =
      Pattern.compile(
          "(.*\\.)?(position_ids|token_type_ids|inv_freq|num_batches_tracked|masked_bias"
              + "|h\\.\\d+\\.attn\\.bias|relative_position_index)");

  private final Architecture architecture;
  private final JsonNode config;
  private final Loading how;
  private Layer net;
  private Map<String, Stored> wanted;

  private Fit(Architecture architecture, JsonNode config, Loading how) {
    this.architecture = architecture;
    this.config = config;
    this.how = how;
  }

  /**
   * The network of a configuration with these weights.
   *
   * @throws IllegalArgumentException listing what is missing or left over (the first ten and a
   *     count), or naming both shapes where they differ
   */
  static Layer of(
      Architecture architecture, JsonNode config, Loading how, Map<String, Tensor> published) {
    return new Fit(architecture, config, how).fit(published);
  }

  private Layer fit(Map<String, Tensor> published) {
    build(Set.of());
    Map<String, Tensor> state = new LinkedHashMap<>(reading(published));
    leaveOut(state);
    Set<String> fresh = new LinkedHashSet<>();
    for (String path : lacking(state)) {
      if (wanted.get(path) instanceof Buffer b && isConstant(path) && !b.value().isMeta()) {
        state.put(path, b.value());
      } else if (how.freshHead() && isHead(path)) {
        fresh.add(path);
      }
    }
    if (how.freshHead()) {
      state.forEach(
          (path, t) -> {
            Stored place = wanted.get(path);
            if (place != null && isHead(path) && !Arrays.equals(t.shape(), place.value().shape())) {
              fresh.add(path);
            }
          });
    }
    DType type = how.type() != null ? how.type() : floating(state);
    draw(fresh, state);
    state.replaceAll((path, t) -> mayConvert(path, t, fresh) ? t.to(type) : t);
    net.adopt(state);
    return net;
  }

  private void build(Set<Long> real) {
    try (Meta none = Meta.except(real::contains)) {
      net = architecture.build().apply(config);
    }
    wanted = net.stored();
  }

  /** The published tensors in the network's names: with the prefix as it is, added, or removed. */
  private Map<String, Tensor> reading(Map<String, Tensor> published) {
    Map<String, Tensor> plain = renamed(published, "", "");
    Map<String, Tensor> best = plain;
    int fewest = lacking(plain).size();
    if (fewest == 0) {
      return best;
    }
    List<Map<String, Tensor>> others = new ArrayList<>();
    if (!architecture.base().isEmpty()) {
      others.add(renamed(published, "", architecture.base() + "."));
    }
    published.keySet().stream()
        .filter(name -> name.contains("."))
        .map(name -> name.substring(0, name.indexOf('.') + 1))
        .distinct()
        .forEach(prefix -> others.add(renamed(published, prefix, "")));
    for (Map<String, Tensor> other : others) {
      int missing = lacking(other).size();
      if (missing < fewest) {
        fewest = missing;
        best = other;
      }
    }
    if (best != plain && best.size() < published.size()) {
      LOG.info(
          "{} of the tensors belong to heads that are not used", published.size() - best.size());
    }
    return best;
  }

  private Map<String, Tensor> renamed(Map<String, Tensor> published, String remove, String add) {
    Map<String, Tensor> names = new LinkedHashMap<>();
    published.forEach(
        (name, t) -> {
          if (name.startsWith(remove)) {
            names.put(add + name.substring(remove.length()), t);
          }
        });
    return architecture.rename().apply(names);
  }

  /** Paths without a tensor, the first path of each parameter or buffer. */
  private Set<String> lacking(Map<String, Tensor> state) {
    Set<Stored> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    wanted.forEach(
        (path, s) -> {
          if (state.containsKey(path)) {
            seen.add(s);
          }
        });
    Set<String> lacking = new LinkedHashSet<>();
    wanted.forEach(
        (path, s) -> {
          if (seen.add(s)) {
            lacking.add(path);
          }
        });
    return lacking;
  }

  /** Drops constants and whole layers of other heads; the rest stays, to be refused. */
  private void leaveOut(Map<String, Tensor> state) {
    Set<String> layers = wanted.keySet().stream().map(Fit::layerOf).collect(Collectors.toSet());
    Set<String> unused = new LinkedHashSet<>();
    state
        .keySet()
        .removeIf(
            path -> {
              if (wanted.containsKey(path)) {
                return false;
              }
              boolean otherHead = isHead(path) && !layers.contains(layerOf(path));
              if (otherHead) {
                unused.add(path);
              }
              return otherHead || isConstant(path);
            });
    if (!unused.isEmpty()) {
      LOG.info("not used, of another head: {}", Weights.first(unused));
    }
  }

  /** Takes what is fresh from a network in which tensors of these sizes are drawn. */
  private void draw(Set<String> fresh, Map<String, Tensor> state) {
    if (fresh.isEmpty()) {
      return;
    }
    Set<Long> sizes = new HashSet<>();
    fresh.forEach(path -> sizes.add(wanted.get(path).value().numel()));
    build(sizes);
    fresh.forEach(path -> state.put(path, wanted.get(path).value()));
    LOG.info("drawn afresh: {}", Weights.first(fresh));
  }

  private boolean mayConvert(String path, Tensor t, Set<String> fresh) {
    return t.dtype().isFloating() && (how.type() != null || fresh.contains(path));
  }

  private static DType floating(Map<String, Tensor> state) {
    return state.values().stream()
        .map(Tensor::dtype)
        .filter(DType::isFloating)
        .findFirst()
        .orElse(DType.FLOAT32);
  }

  /** True outside the base network, and for the pooler, which only some heads use. */
  private boolean isHead(String path) {
    String base = architecture.base().isEmpty() ? "" : architecture.base() + ".";
    return path.startsWith(base + "pooler.")
        || !path.startsWith(base)
        || architecture.heads().stream().anyMatch(head -> path.startsWith(head + "."));
  }

  private static boolean isConstant(String path) {
    return CONSTANT.matcher(path).matches();
  }

  private static String layerOf(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('.')));
  }
}
