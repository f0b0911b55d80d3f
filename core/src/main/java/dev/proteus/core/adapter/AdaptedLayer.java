package dev.proteus.core.adapter;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A frozen layer with the parts of the adapters around it: {@code base_layer}, and in a slot by its
 * adapter's name each part. A bias that an adapter trains along is in {@code NAME.bias}.
 */
final class AdaptedLayer extends Layer {
  private static final long serialVersionUID = 1L;

  static final String BASE = "base_layer";
  private static final String BIAS = ".bias";

  private final Roster roster;
  private final String path;
  private final Slot<Layer> base;

  /**
   * @param path of the layer in the network without adapters
   */
  AdaptedLayer(String path, Layer base, Roster roster) {
    this.path = path;
    this.roster = roster;
    this.base = slot(BASE, base);
    trainAlone(base.isTraining());
  }

  /** The same without the parts of an adapter. */
  AdaptedLayer without(String name) {
    AdaptedLayer rest = new AdaptedLayer(path, base.get(), roster);
    ownSlots()
        .forEach(
            (key, slot) -> {
              if (!key.equals(BASE) && !key.equals(name) && !key.equals(name + BIAS)) {
                rest.slot(key, Part.class, (Part) slot.get());
              }
            });
    return rest;
  }

  /** Takes all adapters out of a network's layers. */
  static void strip(Layer net) {
    for (Slot<?> s : net.slots().values()) {
      if (s.get() instanceof AdaptedLayer a) {
        s.replace(a.base.get());
      }
    }
  }

  Roster roster() {
    return roster;
  }

  String path() {
    return path;
  }

  Slot<Layer> base() {
    return base;
  }

  void add(String name, Part part) {
    slot(part instanceof OwnBias ? name + BIAS : name, Part.class, part);
  }

  boolean isBare() {
    return ownSlots().size() == 1;
  }

  /** The parts of an adapter, the bias first. */
  List<Part> parts(String name) {
    List<Part> parts = new ArrayList<>(2);
    addPart(name + BIAS, parts);
    addPart(name, parts);
    return parts;
  }

  /** The parts of several adapters in the order of the chain: biases first. */
  List<Part> chain(List<String> names) {
    List<Part> parts = new ArrayList<>(names.size());
    names.forEach(name -> addPart(name + BIAS, parts));
    names.forEach(name -> addPart(name, parts));
    return parts;
  }

  private void addPart(String key, List<Part> into) {
    Slot<?> slot = ownSlots().get(key);
    if (slot != null) {
      into.add((Part) slot.get());
    }
  }

  /** The chain of parts on an input. */
  private static final class Link implements Part.Before {
    private final Tensor x;
    private final Link before;
    private final Part part;
    private final Slot<Layer> base;
    private Tensor output;
    private Values values;

    Link(Tensor x, Link before, Part part) {
      this.x = x;
      this.before = before;
      this.part = part;
      this.base = null;
    }

    /** The frozen layer alone, with its output if that is known. */
    Link(Tensor x, Tensor output, Slot<Layer> base) {
      this.x = x;
      this.before = null;
      this.part = null;
      this.base = base;
      this.output = output;
      this.values = Values.of(base.get());
    }

    @Override
    public Tensor output() {
      if (output == null) {
        output = part == null ? base.call(x) : part.output(x, before);
      }
      return output;
    }

    @Override
    public Values values() {
      if (values == null) {
        values = before.values().copy();
        part.merge(values);
      }
      return values;
    }
  }

  /**
   * @param y the frozen layer's output, or null if it is not known yet
   */
  private Tensor run(Tensor x, Tensor y, List<Part> parts) {
    Link link = new Link(x, y, base);
    for (Part p : parts) {
      link = new Link(x, link, p);
    }
    return link.output();
  }

  /** The values of the frozen layer with which it computes what the adapters do. */
  Values merge(List<String> names) {
    Values values = Values.of(base.get());
    chain(names).forEach(p -> p.merge(values));
    return values;
  }

  @Override
  public Tensor forward(Tensor x) {
    List<String> rows = roster.rows();
    if (rows != null) {
      return byRow(x, rows);
    }
    List<Part> parts = chain(roster.now());
    // A part that does not ask for the layer's output spares its computation.
    return parts.isEmpty() ? base.call(x) : run(x, null, parts);
  }

  /** Each row with its own adapter, the rows of one adapter together. */
  private Tensor byRow(Tensor x, List<String> rows) {
    Map<String, List<Integer>> rowsOf = new LinkedHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      if (!parts(rows.get(i)).isEmpty()) {
        rowsOf.computeIfAbsent(rows.get(i), name -> new ArrayList<>()).add(i);
      }
    }
    Tensor base = this.base.call(x);
    if (rowsOf.isEmpty()) {
      return base;
    }
    if (x.dim() == 0 || x.size(0) != rows.size()) {
      throw wrongInput(rows.size() + " rows, for as many adapters in Adapters.ROWS", x);
    }
    Tensor y = base;
    for (Map.Entry<String, List<Integer>> e : rowsOf.entrySet()) {
      long[] own = e.getValue().stream().mapToLong(i -> i).toArray();
      Tensor index = Tensor.of(own, own.length).to(x.device());
      Tensor adapted =
          run(x.indexSelect(0, index), base.indexSelect(0, index), chain(List.of(e.getKey())));
      y = y.indexCopy(0, index, adapted);
    }
    return y;
  }

  @Override
  public String toString() {
    return base.get().toString();
  }
}
