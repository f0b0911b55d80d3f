package dev.proteus.core.nn;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Device;
import dev.proteus.core.tensor.Engine;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.tensor.TensorException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A part of a network: parameters, buffers, children in slots, and a forward function.
 *
 * <pre>{@code
 * public final class Residual extends Layer {
 *   private final Slot<Layer> body;
 *
 *   public Residual(Layer body) {
 *     this.body = slot("body", body);
 *   }
 *
 *   @Override
 *   public Tensor forward(Tensor x) {
 *     return x.add(body.call(x));
 *   }
 * }
 * }</pre>
 *
 * <p>All mutable state is in parameters, buffers and slots, and no field holds a lambda: that is
 * what lets {@link #copy()} work for every layer. Names are joined by dots to paths, as in
 * PyTorch's state dicts. A layer has no lock: one thread trains it at a time.
 */
public abstract class Layer implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, Buffer> buffers = new LinkedHashMap<>();
  private final Map<String, Slot<?>> slots = new LinkedHashMap<>();
  private boolean training = true;

  /** The layer's function of one tensor; layers with more inputs have a method of their own. */
  public Tensor forward(Tensor x) {
    throw new UnsupportedOperationException(
        getClass().getSimpleName() + " has no forward(Tensor); see its own methods");
  }

  /**
   * Multiply-accumulate operations of one call, without those of layers in slots; 0 where they are
   * not worth counting.
   */
  public long macs(Tensor input, Tensor output) {
    return 0;
  }

  /** The exception for an input that does not fit: which layer, what it takes, what came. */
  protected final TensorException wrongInput(String expected, Tensor got) {
    return new TensorException(this + ": expected " + expected + ", got " + got.describe());
  }

  // ---- construction ----

  protected final Parameter parameter(String name, Tensor value) {
    return parameter(name, new Parameter(value));
  }

  /** Registers a parameter that another layer may hold too (tied weights). */
  protected final Parameter parameter(String name, Parameter p) {
    free(name);
    parameters.put(name, p);
    return p;
  }

  protected final Buffer buffer(String name, Tensor value) {
    free(name);
    Buffer b = new Buffer(value);
    buffers.put(name, b);
    return b;
  }

  /** A child that any layer may replace. */
  protected final Slot<Layer> slot(String name, Layer child) {
    return slot(name, Layer.class, child);
  }

  /** A child that only a {@code bound} may replace. */
  protected final <L extends Layer> Slot<L> slot(String name, Class<L> bound, L child) {
    free(name);
    Slot<L> s = new Slot<>(this, name, bound, child);
    slots.put(name, s);
    return s;
  }

  /**
   * Children {@code prefix.0}, {@code prefix.1}, …; with an empty prefix {@code 0}, {@code 1}, ….
   */
  protected final List<Slot<Layer>> slots(String prefix, List<? extends Layer> children) {
    List<Slot<Layer>> list = new ArrayList<>();
    for (int i = 0; i < children.size(); i++) {
      list.add(slot(prefix.isEmpty() ? "" + i : prefix + "." + i, children.get(i)));
    }
    return list;
  }

  private void free(String name) {
    if (parameters.containsKey(name) || buffers.containsKey(name) || slots.containsKey(name)) {
      throw new IllegalArgumentException(
          getClass().getSimpleName() + " has a member '" + name + "' already");
    }
  }

  // ---- walking ----

  /** Parameters of this layer alone, by name. */
  public final Map<String, Parameter> ownParameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** Buffers of this layer alone, by name. */
  public final Map<String, Buffer> ownBuffers() {
    return Collections.unmodifiableMap(buffers);
  }

  /** Slots of this layer alone, by name. */
  public final Map<String, Slot<?>> ownSlots() {
    return Collections.unmodifiableMap(slots);
  }

  /** Every slot below, by path, parents before children. */
  public final Map<String, Slot<?>> slots() {
    Map<String, Slot<?>> all = new LinkedHashMap<>();
    collectSlots("", all);
    return all;
  }

  final void collectSlots(String prefix, Map<String, Slot<?>> into) {
    slots.forEach(
        (name, slot) -> {
          into.put(prefix + name, slot);
          slot.get().collectSlots(prefix + name + ".", into);
        });
  }

  /**
   * The slot at a path such as {@code encoder.layer.3.attention.query}.
   *
   * @throws IllegalArgumentException naming the paths that begin alike, if there is none
   */
  public final Slot<?> slot(String path) {
    Map<String, Slot<?>> all = slots();
    Slot<?> s = all.get(path);
    if (s == null) {
      String near =
          all.keySet().stream()
              .filter(p -> p.startsWith(path.substring(0, (path + ".").indexOf('.'))))
              .limit(8)
              .collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "no slot '"
              + path
              + "'; "
              + (near.isEmpty()
                  ? "there are " + String.join(", ", slots.keySet())
                  : "near it are " + near));
    }
    return s;
  }

  /** This layer and all below, each once, parents first. */
  public final List<Layer> layers() {
    Set<Layer> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Layer> list = new ArrayList<>();
    collectLayers(seen, list);
    return list;
  }

  /**
   * This layer or the first below it that is of a class: what is inside, if something was put
   * around it.
   *
   * @throws IllegalStateException if there is none
   */
  public final <L extends Layer> L first(Class<L> type) {
    return layers().stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("there is no " + type.getSimpleName() + " in " + this));
  }

  final void collectLayers(Set<Layer> seen, List<Layer> into) {
    if (seen.add(this)) {
      into.add(this);
      slots.values().forEach(s -> s.get().collectLayers(seen, into));
    }
  }

  /** Every parameter by its first path; a tied one comes once. */
  public final Map<String, Parameter> parameters() {
    Map<String, Parameter> all = new LinkedHashMap<>();
    collect("", false, all, new LinkedHashMap<>());
    return all;
  }

  /** Every buffer by its first path; a shared one comes once. */
  public final Map<String, Buffer> buffers() {
    Map<String, Buffer> all = new LinkedHashMap<>();
    collect("", false, new LinkedHashMap<>(), all);
    return all;
  }

  /** The parameters that training changes. */
  public final Map<String, Parameter> trainable() {
    Map<String, Parameter> all = parameters();
    all.values().removeIf(p -> !p.isTrainable());
    return all;
  }

  final void collect(
      String prefix, boolean everyName, Map<String, Parameter> ps, Map<String, Buffer> bs) {
    Set<Object> seen = everyName ? null : Collections.newSetFromMap(new IdentityHashMap<>());
    collect(prefix, seen, ps, bs);
  }

  final void collect(
      String prefix, Set<Object> seen, Map<String, Parameter> ps, Map<String, Buffer> bs) {
    parameters.forEach(
        (name, p) -> {
          if (seen == null || seen.add(p)) {
            ps.put(prefix + name, p);
          }
        });
    buffers.forEach(
        (name, b) -> {
          if (seen == null || seen.add(b)) {
            bs.put(prefix + name, b);
          }
        });
    slots.forEach((name, s) -> s.get().collect(prefix + name + ".", seen, ps, bs));
  }

  // ---- state ----

  /** All parameters and buffers by every path they have, as PyTorch's state dict. */
  public final Map<String, Stored> stored() {
    Map<String, Parameter> ps = new LinkedHashMap<>();
    Map<String, Buffer> bs = new LinkedHashMap<>();
    collect("", true, ps, bs);
    Map<String, Stored> all = new LinkedHashMap<>(ps);
    all.putAll(bs);
    return all;
  }

  /** The live tensors of {@link #stored()}; not copies. */
  public final Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    stored().forEach((path, s) -> state.put(path, s.value()));
    return state;
  }

  /** Detached copies of the state, which outlive scopes: what {@link #load} puts back. */
  public final Map<String, Tensor> snapshot() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    stored().forEach((path, s) -> state.put(path, s.value().detach().copy().retain()));
    return state;
  }

  /**
   * Copies values in by path; types are converted. Of a tied parameter, one of its paths is enough,
   * and the first that is there counts.
   *
   * @throws IllegalArgumentException listing names that are missing or unknown (the first ten and a
   *     count), or naming both shapes where they differ; nothing is changed then
   */
  public final void load(Map<String, Tensor> state) {
    Map<String, Stored> mine = stored();
    Map<Stored, String> from = new LinkedHashMap<>(); // stored values are equal only if the same
    mine.forEach(
        (path, s) -> {
          if (state.containsKey(path)) {
            from.putIfAbsent(s, path);
          }
        });
    refuse("missing", mine.keySet().stream().filter(k -> !from.containsKey(mine.get(k))).toList());
    refuse("unknown", state.keySet().stream().filter(k -> !mine.containsKey(k)).toList());
    from.forEach((s, path) -> sameShape(path, s.value(), state.get(path)));
    from.forEach((s, path) -> s.assign(state.get(path)));
  }

  /**
   * Takes tensors over by path, as they are: nothing is copied or converted, so the values need not
   * be in memory yet. Of a parameter with several paths (tied) one is enough, and the first counts.
   * To be called before an optimizer is made, which would go on with the old tensors.
   *
   * @throws IllegalArgumentException listing names that are missing or unknown (the first ten and a
   *     count), or naming both shapes or types where they do not fit; nothing is changed then
   */
  public final void adopt(Map<String, Tensor> state) {
    Map<String, Stored> mine = stored();
    IdentityHashMap<Stored, Tensor> values = new IdentityHashMap<>();
    mine.forEach(
        (path, s) -> {
          if (state.containsKey(path)) {
            values.putIfAbsent(s, state.get(path));
          }
        });
    refuse(
        "missing", mine.keySet().stream().filter(k -> !values.containsKey(mine.get(k))).toList());
    refuse("unknown", state.keySet().stream().filter(k -> !mine.containsKey(k)).toList());
    state.forEach(
        (path, t) -> {
          Tensor old = mine.get(path).value();
          sameShape(path, old, t);
          if (old.dtype().isFloating() != t.dtype().isFloating()) {
            throw new IllegalArgumentException(
                "'" + path + "': expected " + old.describe() + ", got " + t.describe());
          }
        });
    // No new memory: whoever allocated or mapped it has counted it.
    try (Engine.Uncounted views = Engine.uncounted()) {
      values.forEach(Stored::replace);
    }
  }

  private static void sameShape(String path, Tensor want, Tensor got) {
    if (!Arrays.equals(want.shape(), got.shape())) {
      throw new IllegalArgumentException(
          "'%s': expected shape %s, got %s"
              .formatted(path, Arrays.toString(want.shape()), Arrays.toString(got.shape())));
    }
  }

  private void refuse(String what, List<String> names) {
    if (!names.isEmpty()) {
      throw new IllegalArgumentException(
          names.size()
              + " "
              + what
              + " for "
              + getClass().getSimpleName()
              + ": "
              + names.stream().limit(10).collect(Collectors.joining(", "))
              + (names.size() > 10 ? ", …" : ""));
    }
  }

  /**
   * Runs {@code f} with other tensors in place of parameters or buffers; gradients flow into them.
   * One primitive for averaged teachers, hypernetworks, weight interpolation and meta-learning. In
   * this thread only; buffers that the pass updates are updated in {@code state}.
   *
   * @param state by path; what it does not name stays
   * @throws IllegalArgumentException for an unknown path or another shape
   */
  public final <T> T using(Map<String, Tensor> state, Supplier<T> f) {
    Map<String, Stored> mine = stored();
    refuse("unknown", state.keySet().stream().filter(k -> !mine.containsKey(k)).toList());
    IdentityHashMap<Stored, Tensor> before = Stored.overlay();
    IdentityHashMap<Stored, Tensor> overlay = Stored.newOverlay();
    state.forEach(
        (path, t) -> {
          Stored s = mine.get(path);
          sameShape(path, s.value(), t);
          overlay.put(s, t);
        });
    Stored.overlay(overlay);
    try {
      return f.get();
    } finally {
      Stored.overlay(before);
    }
  }

  // ---- modes ----

  public final boolean isTraining() {
    return training;
  }

  /** Training behaviour (dropout, batch statistics), for this layer and all below. */
  public final Layer train() {
    return train(true);
  }

  /** Inference behaviour, for this layer and all below. */
  public final Layer eval() {
    return train(false);
  }

  public final Layer train(boolean on) {
    layers().forEach(l -> l.training = on);
    return this;
  }

  /** Sets the behaviour of this layer alone; those below keep theirs. */
  public final Layer trainAlone(boolean on) {
    training = on;
    return this;
  }

  /** A mode of layers that ends when this closes. */
  public interface Mode extends AutoCloseable {
    @Override
    void close();
  }

  /** Inference behaviour until the result is closed; then every layer has its own mode back. */
  public final Mode evaluating() {
    IdentityHashMap<Layer, Boolean> before = new IdentityHashMap<>();
    layers().forEach(l -> before.put(l, l.training));
    eval();
    return () -> before.forEach((l, on) -> l.training = on);
  }

  /** Switches all parameters below to trainable or frozen. */
  public final Layer trainable(boolean on) {
    parameters().values().forEach(p -> p.trainable(on));
    return this;
  }

  public final void zeroGrad() {
    parameters().values().forEach(p -> p.value().grad(null));
  }

  public final Layer to(Device device) {
    return convert(s -> s.replace(s.value().detach().to(device)));
  }

  /** Converts floating-point parameters and buffers. */
  public final Layer to(DType type) {
    return convert(
        s -> {
          if (s.value().dtype().isFloating()) {
            s.replace(s.value().detach().to(type));
          }
        });
  }

  /** Stores convolution weights channels-last; give it channels-last images, too. */
  public final Layer channelsLast() {
    return convert(
        s -> {
          if (s.value().dim() == 4) {
            s.replace(s.value().detach().channelsLast());
          }
        });
  }

  private Layer convert(Consumer<Stored> f) {
    Set<Stored> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    stored().values().stream().filter(seen::add).forEach(f);
    return this;
  }

  // ---- copying ----

  /** A deep copy: own tensors, ties kept, nobody observing. */
  public final Layer copy() {
    return LayerCopy.of(this);
  }

  @Override
  public String toString() {
    return getClass().getSimpleName();
  }
}
