package dev.proteus.core.surgery;

import dev.proteus.core.nn.Buffer;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a network consists of and what one pass costs; prints as a table.
 *
 * <pre>
 * path   layer             output    parameters  trainable  MACs
 * fc1    Linear(64, 32)    [1, 32]        2,080       100%  2,048
 * …
 * </pre>
 *
 * @param rows one for each slot, in the order of the network; a slot that several paths lead to
 *     (below a shared layer) comes once
 * @param total the network itself; its path is empty
 */
public record Summary(List<Row> rows, Row total) {
  /**
   * One slot, with all that is below it.
   *
   * @param layer as it prints itself
   * @param output shape of what its last call gave; empty if it was not called
   * @param calls how often the pass called it
   * @param parameters number of values; tied ones count once
   * @param trainable how many of these training changes
   * @param macs multiply-accumulate operations of the pass, as the layers count them
   */
  public record Row(
      String path,
      String layer,
      List<Long> output,
      int calls,
      long parameters,
      long trainable,
      long macs) {}

  private static final class Calls {
    private Tensor output;
    private int number;
    private long macs;

    void add(Layer layer, Tensor in, Tensor out) {
      output = out;
      number++;
      macs += layer.macs(in, out);
    }
  }

  /**
   * Takes a network through one pass, in inference mode and without gradients; modes and buffers
   * are afterwards as they were.
   *
   * @param input an example batch
   */
  public static Summary of(Layer net, Tensor input) {
    Map<String, Calls> seen = new LinkedHashMap<>();
    Map<String, Slot<?>> slots = Select.filter(net.slots(), (path, layer) -> true);
    try (Scope scope = Scope.open()) {
      Calls whole = new Calls();
      try (Slot.Observation watching =
          Surgery.observe(
              slots,
              (path, in, out) ->
                  seen.computeIfAbsent(path, p -> new Calls())
                      .add(slots.get(path).get(), in, out))) {
        whole.add(net, input, forward(net, input));
      }
      List<Row> rows = new ArrayList<>();
      slots.forEach((path, slot) -> rows.add(row(path, slot.get(), seen.get(path), seen)));
      return new Summary(List.copyOf(rows), row("", net, whole, seen));
    }
  }

  private static Tensor forward(Layer net, Tensor input) {
    Map<String, Tensor> copies = new LinkedHashMap<>();
    net.stored()
        .forEach(
            (path, s) -> {
              if (s instanceof Buffer) {
                copies.put(path, s.value().copy());
              }
            });
    try (Layer.Mode mode = net.evaluating()) {
      return Autograd.noGrad(() -> net.using(copies, () -> net.forward(input)));
    }
  }

  private static Row row(String path, Layer layer, Calls calls, Map<String, Calls> seen) {
    long macs = calls == null ? 0 : calls.macs;
    String below = path.isEmpty() ? "" : path + ".";
    for (Map.Entry<String, Calls> e : seen.entrySet()) {
      macs += e.getKey().startsWith(below) ? e.getValue().macs : 0;
    }
    return new Row(
        path,
        layer.toString(),
        calls == null ? List.of() : Arrays.stream(calls.output.shape()).boxed().toList(),
        calls == null ? 0 : calls.number,
        layer.parameters().values().stream().mapToLong(p -> p.value().numel()).sum(),
        layer.trainable().values().stream().mapToLong(p -> p.value().numel()).sum(),
        macs);
  }

  @Override
  public String toString() {
    List<String[]> table = new ArrayList<>();
    table.add(new String[] {"path", "layer", "output", "parameters", "trainable", "MACs"});
    rows.forEach(r -> table.add(cells(r, r.path)));
    table.add(cells(total, "total"));
    int[] width = new int[table.get(0).length];
    table.forEach(
        line -> {
          for (int i = 0; i < width.length; i++) {
            width[i] = Math.max(width[i], line[i].length());
          }
        });
    StringBuilder text = new StringBuilder();
    for (String[] line : table) {
      StringBuilder row = new StringBuilder();
      for (int i = 0; i < width.length; i++) {
        row.append(i == 0 ? "" : "  ");
        row.append(String.format(Locale.ROOT, "%" + (i < 3 ? "-" : "") + width[i] + "s", line[i]));
      }
      text.append(row.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String[] cells(Row r, String path) {
    String output = r.calls == 0 ? "not called" : r.output + (r.calls > 1 ? " x" + r.calls : "");
    return new String[] {
      path,
      r.layer,
      output,
      String.format(Locale.ROOT, "%,d", r.parameters),
      share(r.trainable, r.parameters),
      String.format(Locale.ROOT, "%,d", r.macs)
    };
  }

  /** 0% and 100% only where they are exact: an adapter's share may be far below one percent. */
  private static String share(long part, long whole) {
    if (whole == 0) {
      return "-";
    }
    return part == 0 || part == whole
        ? (part == 0 ? "0%" : "100%")
        : String.format(Locale.ROOT, "%.2f%%", 100.0 * part / whole);
  }
}
