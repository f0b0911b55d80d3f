package dev.proteus.core.adapter;

import dev.proteus.core.nn.Context;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The adapters of a network, any number at a time, each by its name.
 *
 * <pre>{@code
 * new Lora(8, 16, 0, Targets.of("query", "value")).attach(net, "legal");
 * new Lora(4, 4, 0, Targets.of("all-linear")).attach(net, "medical");
 * Adapters adapters = Adapters.of(net);
 * adapters.activate("medical");                                             // from now on
 * y = Adapters.ACTIVE.with(List.of("legal", "medical"), () -> net.forward(x));  // in this call
 * y = Adapters.ROWS.with(List.of("legal", Adapters.NONE), () -> net.forward(x)); // row by row
 * adapters.merge("medical");
 * }</pre>
 *
 * <p>Active adapters form a chain in the order in which they are named: each takes the layer as
 * those before it left it ({@link Part}). With none active the network computes what it did before,
 * bit for bit. Merging folds adapters into the base weights; what the network computes stays the
 * same to rounding, or merging is refused; unmerging puts the saved weights back, bit for bit.
 *
 * <p>This object has no state of its own: the network has it, and a copy of the network its own.
 */
public final class Adapters {
  /** PEFT's name for the adapter of an own folder. */
  public static final String DEFAULT = "default";

  /** In {@link #ROWS}, a row without an adapter; PEFT's name. */
  public static final String NONE = "__base__";

  /** The adapters that are active in a call, in this order; empty for none. */
  public static final Context<List<String>> ACTIVE = new Context<>("active adapters");

  /** The adapter of each row of a batch, or {@link #NONE}. Its length is the batch's. */
  public static final Context<List<String>> ROWS = new Context<>("adapters of the rows");

  /** A layer of the network without adapters, and the slot that it or its adapted form is in. */
  record Place(Slot<?> slot, Layer layer) {
    AdaptedLayer adapted() {
      return slot.get() instanceof AdaptedLayer a ? a : null;
    }
  }

  private final Layer net;
  private final Roster roster;

  private Adapters(Layer net, Roster roster) {
    this.net = net;
    this.roster = roster;
  }

  /**
   * Those of a network; none yet, for one without.
   *
   * @throws IllegalArgumentException if parts of the network were given adapters on their own
   */
  public static Adapters of(Layer net) {
    Set<Roster> rosters = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Layer l : net.layers()) {
      if (l instanceof AdaptedLayer a) {
        rosters.add(a.roster());
      }
    }
    if (rosters.size() > 1) {
      throw new IllegalArgumentException(
          "parts of this " + net + " have adapters of their own; detach those first");
    }
    return new Adapters(net, rosters.isEmpty() ? new Roster() : rosters.iterator().next());
  }

  // ---- who is there ----

  /** In the order in which they were attached. */
  public List<String> names() {
    return List.copyOf(roster.methods().keySet());
  }

  /** Active where {@link #ACTIVE} and {@link #ROWS} say nothing, in the order of the chain. */
  public List<String> active() {
    return List.copyOf(roster.active());
  }

  public List<String> merged() {
    return List.copyOf(roster.merged());
  }

  /**
   * An adapter by its name.
   *
   * @throws IllegalArgumentException listing those that there are, if there is none of that name
   */
  public AttachedAdapter get(String name) {
    roster.known(List.of(name));
    return new AttachedAdapter(this, name);
  }

  LayerAdapter method(String name) {
    alive(name);
    return roster.methods().get(name);
  }

  void alive(String name) {
    if (!roster.methods().containsKey(name)) {
      throw new IllegalStateException("the adapter '" + name + "' was detached; attach it anew");
    }
  }

  /** The trainable parameters of an adapter, by their path in the network. */
  public Map<String, Parameter> parameters(String name) {
    Set<Stored> own = Collections.newSetFromMap(new IdentityHashMap<>());
    parts(name).values().forEach(ps -> ps.forEach(p -> own.addAll(p.stored().values())));
    Map<String, Parameter> found = net.parameters();
    found.values().removeIf(p -> !own.contains(p));
    return Collections.unmodifiableMap(found);
  }

  /** The parts of an adapter by the paths of their layers. */
  Map<String, List<Part>> parts(String name) {
    alive(name);
    Map<String, List<Part>> parts = new LinkedHashMap<>();
    for (AdaptedLayer a : adapted()) {
      if (!a.parts(name).isEmpty()) {
        parts.put(a.path(), a.parts(name));
      }
    }
    return parts;
  }

  private List<AdaptedLayer> adapted() {
    return net.layers().stream()
        .filter(AdaptedLayer.class::isInstance)
        .map(AdaptedLayer.class::cast)
        .toList();
  }

  /** The slots of the network as it is without adapters. */
  private static Map<String, Place> places(Layer net) {
    Map<String, Place> places = new LinkedHashMap<>();
    collect("", net, places);
    return places;
  }

  private static void collect(String prefix, Layer layer, Map<String, Place> into) {
    layer
        .ownSlots()
        .forEach(
            (name, slot) -> {
              Layer child = slot.get() instanceof AdaptedLayer a ? a.base().get() : slot.get();
              into.put(prefix + name, new Place(slot, child));
              collect(prefix + name + ".", child, into);
            });
  }

  // ---- attaching ----

  /**
   * Attaches an adapter; it is active, last in the chain, and trainable.
   *
   * @param name letters, digits, {@code _} and {@code -}
   * @throws IllegalArgumentException if the name is taken, or the network has not the layers that
   *     the adapter is for; nothing is changed then
   */
  public AttachedAdapter attach(String name, LayerAdapter method) {
    return attach(name, method, true);
  }

  /**
   * Attaches the adapter of a folder, with its values. PEFT's lists of names may hold such that a
   * network does not have, so one that leads nowhere is no error here.
   */
  public AttachedAdapter attach(String name, LayerAdapter method, Path folder) {
    AttachedAdapter attached = attach(name, method, false);
    try {
      attached.load(folder);
      return attached;
    } catch (RuntimeException | Error e) {
      attached.detach();
      throw e;
    }
  }

  private AttachedAdapter attach(String name, LayerAdapter method, boolean strict) {
    free(name);
    Map<String, Place> places = places(net);
    Map<String, List<Part>> parts = newParts(method, places, strict);
    boolean first = roster.methods().isEmpty();
    Map<String, Parameter> base = net.parameters();
    install(name, parts, places);
    if (first) {
      base.values().forEach(p -> roster.trainable.put(p, p.isTrainable()));
      base.values().forEach(p -> p.trainable(false));
    }
    roster.methods().put(name, method);
    roster.active().add(name);
    return new AttachedAdapter(this, name);
  }

  private void free(String name) {
    if (!name.matches("[A-Za-z0-9_-]+") || name.equals(NONE) || name.equals(AdaptedLayer.BASE)) {
      throw new IllegalArgumentException(
          "an adapter's name has letters, digits, _ and -, but is '" + name + "'");
    }
    if (roster.methods().containsKey(name)) {
      throw new IllegalArgumentException(
          "there is an adapter '" + name + "' already; detach it, or give this one another name");
    }
    if (!roster.merged().isEmpty()) {
      throw new IllegalStateException(
          "adapters " + roster.merged() + " are merged; unmerge them before attaching another");
    }
  }

  private static Map<String, List<Part>> newParts(
      LayerAdapter method, Map<String, Place> places, boolean strict) {
    Map<String, Layer> layers = new LinkedHashMap<>();
    places.forEach((path, place) -> layers.put(path, place.layer()));
    List<String> saved = saved(method.modulesToSave(), layers.keySet());
    List<String> targets = method.targets().select(layers, method::takes, saved, strict);
    Map<String, List<Part>> parts = new LinkedHashMap<>();
    Set<Layer> done = Collections.newSetFromMap(new IdentityHashMap<>());
    for (String path : targets) {
      if (done.add(layers.get(path))) { // not the same layer in another place
        put(parts, path, method.part(path, layers.get(path)), layers);
      }
    }
    for (String path : saved) {
      if (done.add(layers.get(path))) {
        put(parts, path, new SavedModule(layers.get(path)), layers);
      }
    }
    Collection<String> biases =
        switch (method.bias()) {
          case NONE -> List.of();
          case ONLY -> targets;
          case ALL -> layers.keySet();
        };
    done.clear();
    for (String path : biases) {
      boolean inSaved = saved.stream().anyMatch(s -> (path + ".").startsWith(s + "."));
      if (!inSaved && OwnBias.takes(layers.get(path)) && done.add(layers.get(path))) {
        String file = parts.containsKey(path) ? AdaptedLayer.BASE + ".bias" : "bias";
        put(parts, path, new OwnBias(layers.get(path), file), layers);
      }
    }
    return parts;
  }

  private static void put(
      Map<String, List<Part>> parts, String path, Part part, Map<String, Layer> layers) {
    Surgery.adapt(part, layers.get(path));
    parts.computeIfAbsent(path, p -> new ArrayList<>()).add(part);
  }

  /** PEFT's rule: every path that ends with one of the names; of nested ones the outermost. */
  private static List<String> saved(List<String> names, Set<String> paths) {
    List<String> saved = new ArrayList<>();
    for (String path : paths) {
      if (names.stream().anyMatch(path::endsWith)
          && saved.stream().noneMatch(s -> path.startsWith(s + "."))) {
        saved.add(path);
      }
    }
    if (saved.isEmpty() && !names.isEmpty()) {
      throw new IllegalArgumentException(
          "modulesToSave: no path ends with one of "
              + names
              + "; there are "
              + paths.stream().filter(p -> !p.contains(".")).toList());
    }
    return saved;
  }

  private void install(String name, Map<String, List<Part>> parts, Map<String, Place> places) {
    Map<Slot<?>, Layer> before = new IdentityHashMap<>();
    try {
      parts
          .keySet()
          .forEach(
              path -> {
                Place here = places.get(path);
                if (here.adapted() == null) {
                  AdaptedLayer adapted = new AdaptedLayer(path, here.layer(), roster);
                  for (Place p : places.values()) {
                    if (p.layer() == here.layer()) {
                      before.putIfAbsent(p.slot(), p.slot().replace(adapted));
                    }
                  }
                }
              });
    } catch (RuntimeException e) {
      before.forEach(Slot::replace);
      throw e;
    }
    parts.forEach((path, ps) -> ps.forEach(p -> places.get(path).adapted().add(name, p)));
  }

  // ---- choosing ----

  /** Sets which adapters are active from now on, in this order; none for the base network. */
  public void activate(String... names) {
    roster.checkChain(List.of(names));
    if (!roster.merged().isEmpty() && !List.of(names).equals(roster.active())) {
      throw new IllegalStateException(
          "adapters " + roster.merged() + " are merged; unmerge them before activating others");
    }
    adapted().forEach(a -> a.chain(List.of(names)));
    roster.active().clear();
    roster.active().addAll(List.of(names));
  }

  void deactivate(String name) {
    activate(active().stream().filter(a -> !a.equals(name)).toArray(String[]::new));
  }

  /** Makes these adapters trainable and freezes the others. */
  public void train(String... names) {
    roster.known(List.of(names));
    for (String name : names()) {
      boolean on = List.of(names).contains(name);
      parameters(name).values().forEach(p -> p.trainable(on));
    }
  }

  // ---- merging ----

  /** Merges all active adapters. */
  public void merge() {
    merge(active());
  }

  /**
   * Folds active adapters into the base weights; others that were merged are not any more. The rest
   * of the active ones goes on computing around the changed layers.
   *
   * @throws IllegalStateException saying why, if what the network computes would change: one of
   *     them is not active; a call chooses adapters by {@link #ACTIVE} or {@link #ROWS}; the weight
   *     is tied to another layer's; a part cannot be expressed by a weight; the order of the chain
   *     matters, and merging would change it. Nothing is changed then
   */
  public void merge(String... names) {
    merge(List.of(names));
  }

  void merge(List<String> names) {
    roster.checkChain(names);
    mergeable(names);
    List<String> before = merged();
    restore();
    try {
      fold(names);
    } catch (RuntimeException | Error e) {
      fold(before);
      throw e;
    }
  }

  /** Puts the base weights back, bit for bit. */
  public void unmerge() {
    merge(List.of());
  }

  private void mergeable(List<String> names) {
    if (ROWS.orElse(null) != null || ACTIVE.orElse(null) != null) {
      throw new IllegalStateException(
          "adapters cannot be merged inside a call that chooses its own; leave it first");
    }
    for (String name : names) {
      if (!roster.active().contains(name)) {
        throw new IllegalStateException(
            "the adapter '"
                + name
                + "' is not active, so merging it would change what the network computes; activate"
                + " it first");
      }
    }
    for (AdaptedLayer a : adapted()) {
      List<String> chain =
          roster.active().stream().filter(name -> !a.parts(name).isEmpty()).toList();
      boolean additive =
          chain.stream().allMatch(name -> a.parts(name).stream().allMatch(Part::isAdditive));
      List<String> here = chain.stream().filter(names::contains).toList();
      if (!additive && !here.isEmpty() && here.size() < chain.size()) {
        throw new IllegalStateException(
            "at '"
                + a.path()
                + "' the active adapters "
                + chain
                + " depend on each other's weights: merge all of them or none, not only "
                + here);
      }
    }
  }

  private void restore() {
    roster.unmerged.forEach(Stored::assign);
    roster.unmerged.clear();
    roster.merged().clear();
  }

  private void fold(List<String> names) {
    List<String> chain = roster.active().stream().filter(names::contains).toList();
    IdentityHashMap<Stored, Tensor> folded = new IdentityHashMap<>();
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      for (AdaptedLayer a : adapted()) {
        Layer base = a.base().get();
        Map<String, Stored> stored = base.stored();
        a.merge(chain)
            .changed()
            .forEach(
                (name, value) -> {
                  Stored s = stored.get(name);
                  if (s == null) {
                    throw new IllegalStateException(
                        "'" + a.path() + "' cannot be merged: layers in it are adapted, too");
                  }
                  refuseTied(a.path(), s, base);
                  if (value.dtype().isFloating() && !value.isFinite()) {
                    throw new IllegalStateException(
                        "merging " + chain + " would make '" + a.path() + "' infinite or NaN");
                  }
                  folded.put(s, value);
                });
      }
      folded.forEach(
          (s, value) -> {
            roster.unmerged.put(s, s.value().detach().copy().retain());
            s.assign(value);
          });
    }
    roster.merged().addAll(chain);
  }

  private void refuseTied(String path, Stored weight, Layer holder) {
    for (Layer l : net.layers()) {
      if (l != holder && l.ownParameters().containsValue(weight) && !holder.layers().contains(l)) {
        throw new IllegalStateException(
            "the weight of '" + path + "' is tied to another layer's, which merging would change");
      }
    }
  }

  /**
   * Merges the active adapters for good: the network is a plain one with changed weights, and has
   * no adapters any more. What {@link #merge} refuses is refused.
   */
  public void mergeAndUnload() {
    merge();
    roster.unmerged.clear();
    replace(a -> (AdaptedLayer) null);
    end();
  }

  // ---- detaching ----

  /** Takes all adapters out; the network is as it was. */
  public void detach() {
    names().forEach(this::detach);
  }

  /** Takes one adapter out. */
  void detach(String name) {
    alive(name);
    List<String> rest = new ArrayList<>(merged());
    if (rest.remove(name)) {
      restore();
    }
    roster.methods().remove(name);
    roster.active().remove(name);
    replace(a -> a.without(name));
    if (roster.methods().isEmpty()) {
      end();
    } else if (roster.merged().isEmpty() && !rest.isEmpty()) {
      fold(rest);
    }
  }

  private void replace(UnaryOperator<AdaptedLayer> rest) {
    IdentityHashMap<Layer, Layer> done = new IdentityHashMap<>();
    for (Slot<?> s : net.slots().values()) {
      if (s.get() instanceof AdaptedLayer a) {
        s.replace(
            done.computeIfAbsent(
                a,
                x -> {
                  AdaptedLayer left = rest.apply(a);
                  return left == null || left.isBare() ? a.base().get() : left;
                }));
      }
    }
  }

  /** The last adapter has gone. */
  private void end() {
    roster.methods().clear();
    roster.active().clear();
    roster.merged().clear();
    roster.trainable.forEach(Parameter::trainable);
    roster.trainable.keySet().forEach(p -> p.value().grad(null));
    roster.trainable.clear();
  }

  // ---- folders ----

  /** Writes all adapters: {@code default} into the folder, the others into folders in it. */
  public void save(Path folder) {
    names().forEach(name -> save(name, folder));
  }

  void save(String name, Path folder) {
    Map<String, List<Part>> parts = parts(name);
    Targets targets = method(name).targets();
    boolean asTheyAre =
        Targets.areOfPeft(targets.modules())
            && (targets.exclude().isEmpty() || Targets.areOfPeft(targets.exclude()));
    List<String> adapted =
        parts.keySet().stream()
            .filter(path -> parts.get(path).stream().anyMatch(Adapters::isMain))
            .toList();
    PeftFolder.save(
        home(name, folder),
        method(name),
        asTheyAre ? null : Targets.inPeft(adapted, places(net).keySet()),
        parts);
  }

  /** Targets that lead to these paths and nowhere else. */
  Targets targets(Collection<String> paths) {
    Object entries = Targets.inPeft(paths, places(net).keySet());
    return entries instanceof String regex
        ? Targets.regex(regex)
        : Targets.of(paths.toArray(String[]::new));
  }

  private static boolean isMain(Part part) {
    return !(part instanceof OwnBias) && !(part instanceof SavedModule);
  }

  void load(String name, Path folder) {
    alive(name);
    if (!merged().isEmpty()) {
      throw new IllegalStateException(
          "adapters " + merged() + " are merged; unmerge them before loading values");
    }
    Path home = home(name, folder);
    PeftFolder.load(
        PeftFolder.is(home) ? home : folder, method(name), parts(name), this::baseValue);
  }

  private static Path home(String name, Path folder) {
    return name.equals(DEFAULT) ? folder : folder.resolve(name);
  }

  /** A value of the base network by its path there, or null. */
  private Tensor baseValue(String path) {
    int dot = path.lastIndexOf('.');
    Place place = places(net).get(dot < 0 ? "" : path.substring(0, dot));
    Stored s = place == null ? null : place.layer().stored().get(path.substring(dot + 1));
    return s == null ? null : s.value();
  }
}
