package dev.proteus.core.adapter;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Stored;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Folds adapters into the base weights, and puts these back. */
final class Merging {
  private final AdaptedNetwork network;
  private final Roster roster;

  Merging(AdaptedNetwork network) {
    this.network = network;
    this.roster = network.roster();
  }

  /**
   * Merges these adapters and no others.
   *
   * @throws IllegalStateException saying why, if what the network computes would change; nothing is
   *     changed then
   */
  void merge(List<String> names) {
    check(names);
    List<String> before = List.copyOf(roster.merged());
    restore();
    try {
      fold(names);
    } catch (RuntimeException | Error e) {
      fold(before);
      throw e;
    }
  }

  private void check(List<String> names) {
    roster.checkChain(names);
    if (Adapters.ROWS.orElse(null) != null || Adapters.ACTIVE.orElse(null) != null) {
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
    network.adapted().forEach(a -> checkOrder(a, names));
  }

  /** Merged adapters come first in the chain, whatever their order was. */
  private void checkOrder(AdaptedLayer a, List<String> names) {
    List<String> chain = roster.active().stream().filter(name -> !a.parts(name).isEmpty()).toList();
    List<String> merged = chain.stream().filter(names::contains).toList();
    boolean additive =
        chain.stream().allMatch(name -> a.parts(name).stream().allMatch(Part::isAdditive));
    if (!additive && !merged.isEmpty() && merged.size() < chain.size()) {
      throw new IllegalStateException(
          "at '"
              + a.path()
              + "' the active adapters "
              + chain
              + " depend on each other's weights: merge all of them or none, not only "
              + merged);
    }
  }

  /** Puts the base weights back. */
  private void restore() {
    roster.unmerged.forEach(Stored::assign);
    roster.unmerged.clear();
    roster.merged().clear();
  }

  private void fold(List<String> names) {
    List<String> chain = roster.active().stream().filter(names::contains).toList();
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      IdentityHashMap<Stored, Tensor> folded = new IdentityHashMap<>();
      IdentityHashMap<Stored, List<Layer>> holders = network.holders();
      for (AdaptedLayer a : network.adapted()) {
        Map<String, Stored> stored = AdaptedNetwork.stored(a);
        a.merge(chain)
            .changed()
            .forEach(
                (name, value) -> {
                  Stored s = stored.get(name);
                  checkValue(a.path(), holders.get(s), value);
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

  private static void checkValue(String path, List<Layer> holders, Tensor value) {
    if (holders.size() > 1) {
      throw new IllegalStateException(
          "the weight of '" + path + "' is tied to another layer's, which merging would change");
    }
    if (value.dtype().isFloating() && !value.isFinite()) {
      throw new IllegalStateException(
          "merging would make the weight of '" + path + "' infinite or not a number");
    }
  }
}
