package dev.proteus.core.surgery;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Changes to many places of a network at once; {@link Select} says which.
 *
 * <pre>{@code
 * try (Edit edit = Surgery.replace(net, Select.type(net, Linear.class), l -> new Lora(l, 8))) {
 *   …
 * } // the network is as it was
 * }</pre>
 */
public final class Surgery {
  private Surgery() {}

  /**
   * Puts the layer that {@code f} makes of the one there into each slot. A layer that is held by
   * several slots is handed to {@code f} once, and they share its replacement.
   *
   * <p>Layers that are new to the network take over the mode (training or inference) of the layer
   * they stand for, and its device and type: those of its first floating-point tensor, or, if it
   * has none, of its owner's. Only float32, the type that tensors are born with, is converted; a
   * type chosen on purpose stays.
   *
   * @throws IllegalArgumentException if a slot does not take its replacement; nothing is changed
   */
  public static Edit replace(Layer net, Map<String, Slot<?>> selection, UnaryOperator<Layer> f) {
    Set<Object> known = Collections.newSetFromMap(new IdentityHashMap<>());
    known.addAll(net.layers());
    known.addAll(net.stored().values());
    IdentityHashMap<Layer, Layer> made = new IdentityHashMap<>();
    Set<Slot<?>> done = Collections.newSetFromMap(new IdentityHashMap<>());
    Edit edit = new Edit();
    try {
      selection.forEach(
          (path, slot) -> {
            if (!done.add(slot)) {
              return; // under another path, below a shared layer
            }
            Layer before = slot.get();
            Layer after = made.get(before);
            if (after == null) {
              after = f.apply(before);
              if (after != null) {
                adopt(after, before, slot.owner(), known);
                made.put(before, after);
              }
            }
            edit.replace(path, slot, after);
          });
    } catch (RuntimeException | Error e) {
      edit.undo();
      throw e;
    }
    return edit;
  }

  /**
   * Gives a new layer the mode, device and type of the one that it stands for, as {@link #replace}
   * does.
   */
  public static void adapt(Layer fresh, Layer like) {
    adopt(fresh, like, like, Set.of());
  }

  private static void adopt(Layer after, Layer before, Layer owner, Set<Object> known) {
    for (Layer l : after.layers()) {
      if (!known.contains(l)) {
        l.trainAlone(before.isTraining());
      }
    }
    Optional<Tensor> like = floating(before).or(() -> floating(owner));
    if (like.isPresent()) {
      for (Stored s : after.stored().values()) {
        if (!known.contains(s)) {
          Tensor v = s.value();
          Tensor there = v.detach().to(like.get().device());
          there = v.dtype() == DType.FLOAT32 ? there.to(like.get().dtype()) : there;
          if (there.dtype() != v.dtype() || !there.device().equals(v.device())) {
            s.replace(there);
          }
        }
      }
    }
  }

  private static Optional<Tensor> floating(Layer l) {
    return l.stored().values().stream()
        .map(Stored::value)
        .filter(t -> t.dtype().isFloating())
        .findFirst();
  }

  /** Sees the input and output of each call of the slot at a path. */
  @FunctionalInterface
  public interface Observer {
    void saw(String path, Tensor input, Tensor output);
  }

  /** Shows every call of the selected slots to {@code o} until the result is closed. */
  public static Slot.Observation observe(Map<String, Slot<?>> selection, Observer o) {
    List<Slot.Observation> all = new ArrayList<>();
    selection.forEach(
        (path, slot) -> all.add(slot.observe((input, output) -> o.saw(path, input, output))));
    return () -> all.forEach(Slot.Observation::close);
  }

  /**
   * Freezes the parameters whose path matches one of the globs: {@code "embeddings.**"}.
   *
   * @return those parameters by path
   * @throws IllegalArgumentException for a glob that matches nothing, naming paths that come close
   */
  public static Map<String, Parameter> freeze(Layer net, String... globs) {
    return trainable(net, false, globs);
  }

  /** Makes the parameters whose path matches one of the globs trainable; see {@link #freeze}. */
  public static Map<String, Parameter> unfreeze(Layer net, String... globs) {
    return trainable(net, true, globs);
  }

  private static Map<String, Parameter> trainable(Layer net, boolean on, String... globs) {
    // Every path that a tied parameter has counts, not only the first.
    Map<String, Parameter> all = new LinkedHashMap<>();
    net.stored()
        .forEach(
            (path, s) -> {
              if (s instanceof Parameter p) {
                all.put(path, p);
              }
            });
    Map<String, Parameter> matched = new LinkedHashMap<>();
    for (String text : globs) {
      Glob glob = new Glob(text);
      if (all.keySet().stream().noneMatch(glob::matches)) {
        throw glob.noMatch("parameter", all.keySet());
      }
      all.forEach(
          (path, p) -> {
            if (glob.matches(path)) {
              matched.put(path, p);
            }
          });
    }
    matched.values().forEach(p -> p.trainable(on));
    return matched;
  }
}
