package dev.proteus.core.adapter;

import dev.proteus.core.nn.Context;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * The adapters of a network, any number at a time, each by its name.
 *
 * <pre>{@code
 * new Lora(8, 16, 0, Targets.of("query", "value")).attach(net, "legal");
 * new Lora(4, 4, 0, Targets.of("all-linear")).attach(net, "medical");
 * Adapters adapters = Adapters.of(net);
 * adapters.activate("legal");                                                // from now on
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

  private final AdaptedNetwork network;
  private final Roster roster;
  private final Merging merging;

  private Adapters(AdaptedNetwork network) {
    this.network = network;
    this.roster = network.roster();
    this.merging = new Merging(network);
  }

  /**
   * Those of a network; none yet, for one without.
   *
   * @throws IllegalArgumentException if parts of the network were given adapters on their own
   */
  public static Adapters of(Layer net) {
    return new Adapters(new AdaptedNetwork(net));
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

  Map<String, List<Part>> parts(String name) {
    alive(name);
    return network.parts(name);
  }

  Map<String, Parameter> parameters(String name) {
    alive(name);
    return network.parameters(name);
  }

  void alive(String name) {
    if (!roster.methods().containsKey(name)) {
      throw new IllegalStateException("the adapter '" + name + "' was detached; attach it anew");
    }
  }

  // ---- attaching ----

  /**
   * Attaches an adapter. It is the one that is active and trainable then; {@link #activate} and
   * {@link #train} choose others.
   *
   * @param name letters, digits, {@code _} and {@code -}
   * @throws IllegalArgumentException if the name is taken, or the network has not the layers that
   *     the adapter is for; nothing is changed then
   */
  public AttachedAdapter attach(String name, LayerAdapter method) {
    AttachedAdapter attached = plant(name, method, /* strict= */ true);
    choose(name);
    return attached;
  }

  /**
   * Attaches the adapter of a folder, with its values. PEFT's lists of names may hold such that a
   * network does not have, so one that leads nowhere is no error here.
   *
   * @throws IllegalArgumentException if the name is taken, or the folder's adapter does not fit the
   *     network; nothing is changed then
   */
  public AttachedAdapter attach(String name, LayerAdapter method, Path folder) {
    AttachedAdapter attached = plant(name, method, /* strict= */ false);
    try {
      attached.load(folder);
    } catch (RuntimeException | Error e) {
      attached.detach();
      throw e;
    }
    choose(name);
    return attached;
  }

  private void choose(String name) {
    activate(name);
    train(name);
  }

  /** Attaches an adapter that is neither active nor trainable. */
  AttachedAdapter plant(String name, LayerAdapter method, boolean strict) {
    if (!name.matches("[A-Za-z0-9_-]+") || name.equals(NONE) || name.equals(AdaptedLayer.BASE)) {
      throw new IllegalArgumentException(
          "an adapter's name has letters, digits, _ and -, but is '" + name + "'");
    }
    if (roster.methods().containsKey(name)) {
      throw new IllegalArgumentException(
          "there is an adapter '" + name + "' already; detach it, or give this one another name");
    }
    unmergedFor("attaching another");
    network.plant(name, method, strict);
    parameters(name).values().forEach(p -> p.trainable(false));
    return new AttachedAdapter(this, name);
  }

  private void unmergedFor(String what) {
    if (!roster.merged().isEmpty()) {
      throw new IllegalStateException(
          "adapters " + roster.merged() + " are merged; unmerge them before " + what);
    }
  }

  // ---- choosing ----

  /**
   * Sets which adapters are active from now on, in this order; none for the base network.
   *
   * @throws IllegalArgumentException for an unknown name, or if one of them changes something in a
   *     module that another one has among its modules to save
   * @throws IllegalStateException if adapters are merged
   */
  public void activate(String... names) {
    List<String> chain = List.of(names);
    roster.checkChain(chain);
    if (!chain.equals(roster.active())) {
      unmergedFor("activating others");
      roster.active().clear();
      roster.active().addAll(chain);
    }
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
    merging.merge(active());
  }

  /**
   * Folds active adapters into the base weights; others that were merged are not any more. The rest
   * of the active ones goes on computing around the changed layers.
   *
   * @throws IllegalStateException saying why, if what the network computes would change: one of
   *     them is not active; a call chooses adapters by {@link #ACTIVE} or {@link #ROWS}; the weight
   *     is tied to another layer's; a part cannot be expressed by a weight; adapters at one layer
   *     depend on each other's weights, and only some are to be merged. Nothing is changed then
   */
  public void merge(String... names) {
    merging.merge(List.of(names));
  }

  void merge(List<String> names) {
    merging.merge(names);
  }

  /** Puts the base weights back, bit for bit. */
  public void unmerge() {
    merging.merge(List.of());
  }

  /**
   * Merges the active adapters for good: the network is a plain one with changed weights, and has
   * no adapters any more. What {@link #merge} refuses is refused.
   */
  public void mergeAndUnload() {
    merge();
    network.clear();
  }

  // ---- detaching ----

  /** Takes all adapters out; the network is as it was, and has no gradients. */
  public void detach() {
    names().forEach(this::detach);
  }

  void detach(String name) {
    alive(name);
    List<String> merged = new ArrayList<>(roster.merged());
    if (merged.remove(name)) {
      merging.merge(List.of());
    }
    network.uproot(name);
    if (roster.merged().isEmpty() && !merged.isEmpty()) {
      merging.merge(merged);
    }
  }

  // ---- folders ----

  /** Writes all adapters: {@code default} into the folder, the others into folders in it. */
  public void save(Path folder) {
    names().forEach(name -> save(name, folder));
  }

  void save(String name, Path folder) {
    Targets targets = method(name).targets();
    boolean asTheyAre =
        Targets.areOfPeft(targets.modules())
            && (targets.exclude().isEmpty() || Targets.areOfPeft(targets.exclude()));
    PeftFolder.save(
        home(name, folder),
        method(name),
        asTheyAre ? null : Targets.inPeft(adapted(name), network.places().keySet()),
        parts(name));
  }

  /** The layers that an adapter stands around, without whole modules and single biases. */
  private List<String> adapted(String name) {
    List<String> paths = new ArrayList<>();
    parts(name)
        .forEach(
            (path, parts) -> {
              if (parts.stream()
                  .anyMatch(p -> !(p instanceof OwnBias) && !(p instanceof SavedModule))) {
                paths.add(path);
              }
            });
    return paths;
  }

  /** Targets that lead to these paths and nowhere else. */
  Targets targets(Collection<String> paths) {
    Object entries = Targets.inPeft(paths, network.places().keySet());
    return entries instanceof String regex
        ? Targets.regex(regex)
        : Targets.of(paths.toArray(String[]::new));
  }

  void load(String name, Path folder) {
    alive(name);
    unmergedFor("loading values");
    Path home = home(name, folder);
    PeftFolder.load(
        PeftFolder.is(home) ? home : folder, method(name), parts(name), this::baseValue);
  }

  private static Path home(String name, Path folder) {
    return name.equals(DEFAULT) ? folder : folder.resolve(name);
  }

  /** A value of the base network by its path there, or null. */
  private Tensor baseValue(String path) {
    int dot = Math.max(0, path.lastIndexOf('.'));
    AdaptedNetwork.Place place = network.places().get(path.substring(0, dot));
    Stored s = place == null ? null : place.layer().stored().get(path.substring(dot + 1));
    return s == null ? null : s.value();
  }
}
