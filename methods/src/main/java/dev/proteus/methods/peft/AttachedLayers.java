package dev.proteus.methods.peft;

import com.fasterxml.jackson.databind.JsonNode;
import dev.proteus.core.method.Adapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.surgery.Edit;
import dev.proteus.core.surgery.Surgery;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The life of adapters that stand around single layers, once for all of them.
 *
 * <p>A merged network is the base network itself with other weights: its slots hold the base layers
 * again, and unmerging puts the saved weights and the adapters back. Whatever was done to the
 * network's slots since has to be undone first.
 */
abstract class AttachedLayers implements Adapter.Attached {
  private static final String PREFIX = "base_model.model.";

  private final Layer net;
  private final Map<String, Slot<?>> places;
  private final IdentityHashMap<Parameter, Boolean> trainableBefore = new IdentityHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Edit attached;
  private final IdentityHashMap<Parameter, Tensor> saved = new IdentityHashMap<>();
  private Edit merged;
  private boolean detached;

  /**
   * @param places the slots whose layers are wrapped, by path
   */
  AttachedLayers(Layer net, Map<String, Slot<?>> places, UnaryOperator<Layer> wrap) {
    this.net = net;
    this.places = places;
    attached = Surgery.replace(net, places, wrap);
    net.parameters().values().forEach(p -> trainableBefore.put(p, p.isTrainable()));
    Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    places.forEach(
        (path, slot) ->
            slot.get()
                .parameters()
                .forEach(
                    (name, p) -> {
                      if (!name.startsWith(AdapterLayer.BASE + ".") && seen.add(p)) {
                        parameters.put(path + "." + name, p);
                      }
                    }));
    net.trainable(false);
    parameters.values().forEach(p -> p.trainable(true));
  }

  /** What {@code adapter_config.json} says of this adapter, beside the modules' paths. */
  abstract Map<String, Object> config();

  /**
   * @throws IllegalArgumentException naming the key, if a folder's adapter computes something else
   */
  abstract void check(JsonNode config);

  @Override
  public final Map<String, Parameter> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  @Override
  public final boolean isMerged() {
    return merged != null;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException naming the path, if a weight is tied: the other place that holds
   *     it would change too
   */
  @Override
  public final void merge() {
    alive();
    if (merged != null) {
      return;
    }
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      IdentityHashMap<Parameter, Tensor> folded = new IdentityHashMap<>();
      places.forEach(
          (path, slot) -> {
            Map<Parameter, Tensor> ofLayer = ((AdapterLayer) slot.get()).merged();
            refuseTied(path, ofLayer.keySet());
            ofLayer.forEach(folded::put);
          });
      merged = Surgery.replace(net, places, l -> ((AdapterLayer) l).base().get());
      folded.forEach(
          (p, v) -> {
            saved.put(p, p.value().detach().copy().retain());
            p.assign(v);
          });
    }
  }

  private void refuseTied(String path, Set<Parameter> weights) {
    Set<Slot<?>> slots = Collections.newSetFromMap(new IdentityHashMap<>());
    slots.addAll(net.slots().values());
    for (Parameter p : weights) {
      if (slots.stream().filter(s -> s.get().ownParameters().containsValue(p)).count() > 1) {
        throw new IllegalStateException(
            "the weight of '" + path + "' is tied to another layer's, which merging would change");
      }
    }
  }

  @Override
  public final void unmerge() {
    alive();
    if (merged != null) {
      merged.undo();
      merged = null;
      saved.forEach(Parameter::assign);
      saved.clear();
      // A change of mode in between has not reached the adapters.
      places
          .values()
          .forEach(s -> s.get().train(((AdapterLayer) s.get()).base().get().isTraining()));
    }
  }

  @Override
  public final void detach() {
    unmerge();
    attached.undo();
    trainableBefore.forEach(Parameter::trainable);
    detached = true;
  }

  private void alive() {
    if (detached) {
      throw new IllegalStateException("the adapter was detached; attach it anew");
    }
  }

  @Override
  public final void save(Path folder) {
    alive();
    Map<String, Object> config = new LinkedHashMap<>(config());
    config.put("target_modules", new TreeSet<>(places.keySet()));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    parameters.forEach((path, p) -> tensors.put(PREFIX + path, p.value().detach()));
    PeftFolder.write(folder, config, tensors);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the folder holds another kind of adapter, of other settings
   *     or for other layers; nothing is changed then
   */
  @Override
  public final void load(Path folder) {
    alive();
    if (merged != null) {
      throw new IllegalStateException("the adapter is merged; unmerge it before loading another");
    }
    check(PeftFolder.config(folder));
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = PeftFolder.tensors(folder);
      Set<String> expected = new LinkedHashSet<>();
      parameters.keySet().forEach(path -> expected.add(PREFIX + path));
      if (!expected.equals(tensors.keySet())) {
        throw new IllegalArgumentException(
            folder
                + ": expected the tensors of "
                + places.keySet()
                + ", but it lacks "
                + without(expected, tensors.keySet())
                + " and has "
                + without(tensors.keySet(), expected)
                + " besides; attach to the layers that the folder is for");
      }
      parameters.forEach((path, p) -> sameShape(path, p.value(), tensors.get(PREFIX + path)));
      parameters.forEach((path, p) -> p.assign(tensors.get(PREFIX + path)));
    }
  }

  private static void sameShape(String path, Tensor expected, Tensor got) {
    if (!java.util.Arrays.equals(expected.shape(), got.shape())) {
      throw new IllegalArgumentException(
          "'" + path + "': expected " + expected.describe() + ", got " + got.describe());
    }
  }

  private static Set<String> without(Set<String> a, Set<String> b) {
    Set<String> rest = new LinkedHashSet<>(a);
    rest.removeAll(b);
    return rest;
  }

  /** The paths of the layers that a folder's tensors belong to, from their names. */
  static Set<String> modules(Path folder, Function<String, String> module) {
    Set<String> paths = new LinkedHashSet<>();
    for (String name : PeftFolder.names(folder)) {
      if (!name.startsWith(PREFIX)) {
        throw new IllegalArgumentException(
            folder + ": expected names that begin with " + PREFIX + ", got " + name);
      }
      paths.add(module.apply(name.substring(PREFIX.length())));
    }
    return paths;
  }
}
