package dev.proteus.core.adapter;

import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.Tensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which adapters a network has and how they stand, shared by all its adapted layers: a mode of
 * layers, like training and inference. A copy of the network has its own.
 */
final class Roster implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, LayerAdapter> methods = new LinkedHashMap<>();
  private final ArrayList<String> active = new ArrayList<>();
  private final ArrayList<String> merged = new ArrayList<>();

  /** Pairs of which one changes something in a module that the other one replaces. */
  final HashSet<Set<String>> conflicts = new HashSet<>();

  /** The base network's own values of what merging changed. */
  final IdentityHashMap<Stored, Tensor> unmerged = new IdentityHashMap<>();

  /** Which parameters of the base network were trainable. */
  final IdentityHashMap<Parameter, Boolean> trainable = new IdentityHashMap<>();

  Map<String, LayerAdapter> methods() {
    return methods;
  }

  /** Active unless a call says otherwise, in the order of the chain. */
  List<String> active() {
    return active;
  }

  List<String> merged() {
    return merged;
  }

  /** The adapters that have to compute in this call. */
  List<String> now() {
    List<String> asked = Adapters.ACTIVE.orElse(active);
    if (!merged.isEmpty()) {
      if (!asked.equals(active)) {
        throw new IllegalStateException(
            "adapters " + merged + " are merged; unmerge them before a call chooses " + asked);
      }
      return active.stream().filter(name -> !merged.contains(name)).toList();
    }
    if (asked != active) {
      checkChain(asked);
    }
    return asked;
  }

  /** The adapter of each row in this call, or null if all rows have the same. */
  List<String> rows() {
    List<String> rows = Adapters.ROWS.orElse(null);
    if (rows != null) {
      if (!merged.isEmpty()) {
        throw new IllegalStateException(
            "adapters " + merged + " are merged; unmerge them before rows choose their own");
      }
      known(rows.stream().filter(name -> !name.equals(Adapters.NONE)).toList());
    }
    return rows;
  }

  /**
   * @throws IllegalArgumentException listing the adapters that there are, if one is not among them
   */
  void known(List<String> names) {
    for (String name : names) {
      if (!methods.containsKey(name)) {
        throw new IllegalArgumentException(
            "no adapter '" + name + "'; this network has " + methods.keySet());
      }
    }
  }

  /** Names that can be active together. */
  void checkChain(List<String> names) {
    known(names);
    if (new HashSet<>(names).size() != names.size()) {
      throw new IllegalArgumentException("an adapter is named twice in " + names);
    }
    for (Set<String> pair : conflicts) {
      if (names.containsAll(pair)) {
        throw new IllegalArgumentException(
            "of the adapters "
                + new TreeSet<>(pair)
                + " one changes something in a module that is among the other's modulesToSave, and"
                + " so is replaced as a whole; activate one of them");
      }
    }
  }
}
