package dev.proteus.methods.domain;

import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Context;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Proxy A-distance: how well a linear classifier tells two domains apart by a representation.
 *
 * <pre>  PAD = 2 (1 - 2 err)      0: it cannot, 2: without error  </pre>
 *
 * <p>err is the error on held-out samples of a linear support vector machine ({@link LinearSvm}),
 * trained on the first half of each domain and tested on the other, the least over C = 1e-5, 1e-4
 * .. 1e4; an error above 1/2 counts as 1 - err. This is the authors' measure, with the squared
 * hinge in place of the hinge. Choosing C on the held-out half makes it a little larger than it is.
 *
 * <p>The probe collects what passes at a slot while {@link #SIDE} says of which domain it is:
 *
 * <pre>{@code
 * try (Probe.Watch w = new ProxyADistance("act1").watch(net)) {
 *   ProxyADistance.SIDE.with(Side.SOURCE, () -> net.forward(xs));
 *   ProxyADistance.SIDE.with(Side.TARGET, () -> net.forward(xt));
 *   double pad = w.read().get("act1");
 * }
 * }</pre>
 *
 * @param slot path of the slot whose output is the representation
 */
@Paper(id = "dann")
public record ProxyADistance(String slot) implements Probe {
  /** The domain of a forward pass; what passes without is not counted. */
  public static final Context<Side> SIDE = new Context<>("side of a domain adaptation");

  private static final int SMALLEST_C = -5;
  private static final int LARGEST_C = 4;

  /** The slot {@code features}. */
  public ProxyADistance() {
    this("features");
  }

  /** The two domains. */
  public enum Side {
    SOURCE,
    TARGET
  }

  /**
   * The distance of two sets of representations.
   *
   * @param source [N, ..]
   * @param target [M, ..]
   * @throws IllegalArgumentException for fewer than two samples of a domain
   */
  public static double of(Tensor source, Tensor target) {
    try (Scope scope = Scope.open();
        Autograd.Mode off = Autograd.noGrad()) {
      if (source.size(0) < 2 || target.size(0) < 2) {
        throw new IllegalArgumentException(
            "the distance needs two samples of each domain or more, got %d and %d"
                .formatted(source.size(0), target.size(0)));
      }
      Tensor s = withBias(source);
      Tensor t = withBias(target);
      long ns = s.size(0) / 2;
      long nt = t.size(0) / 2;
      Tensor x = Tensor.cat(0, s.slice(0, 0, ns), t.slice(0, 0, nt));
      Tensor held = Tensor.cat(0, s.slice(0, ns, s.size(0)), t.slice(0, nt, t.size(0)));
      if (x.size(1) > x.size(0)) {
        // The machine's weights lie in the span of its samples: what lies outside does not count.
        Tensor basis = x.t().qr().q();
        x = x.matmul(basis);
        held = held.matmul(basis);
      }
      Tensor y = sides(ns, nt);
      Tensor expected = sides(s.size(0) - ns, t.size(0) - nt);
      double least = 1;
      for (int power = SMALLEST_C; power <= LARGEST_C; power++) {
        Tensor w = LinearSvm.train(x, y, Math.pow(10, power));
        Tensor wrong = held.matmul(w).gt(0).ne(expected.gt(0));
        double error = wrong.to(DType.FLOAT64).mean().item();
        least = Math.min(least, Math.min(error, 1 - error));
      }
      return 2 * (1 - 2 * least);
    }
  }

  private static Tensor withBias(Tensor x) {
    Tensor flat = x.flatten(1, -1).to(DType.FLOAT64);
    return Tensor.cat(1, flat, Tensor.full(DType.FLOAT64, 1, flat.size(0), 1));
  }

  /** -1 for the source, 1 for the target. */
  private static Tensor sides(long source, long target) {
    return Tensor.cat(
        0, Tensor.full(DType.FLOAT64, -1, source), Tensor.full(DType.FLOAT64, 1, target));
  }

  @Override
  public Set<Need> needs() {
    return Set.of(Need.DATA, Need.TARGET);
  }

  @Override
  public Watch watch(Layer net) {
    return new Collecting(net.slot(slot));
  }

  private final class Collecting implements Watch {
    private final Map<Side, List<Tensor>> seen = new EnumMap<>(Side.class);
    private final Slot.Observation observation;

    Collecting(Slot<?> at) {
      for (Side side : Side.values()) {
        seen.put(side, new ArrayList<>());
      }
      observation = at.observe((in, out) -> collect(out));
    }

    private void collect(Tensor out) {
      Side side = SIDE.orElse(null);
      if (side != null) {
        seen.get(side).add(out.detach().copy().retain());
      }
    }

    /** The distance of all that has passed since the last reading. */
    @Override
    public Map<String, Double> read() {
      try (Scope scope = Scope.open()) {
        return Map.of(slot, of(joined(Side.SOURCE), joined(Side.TARGET)));
      } finally {
        forget();
      }
    }

    private Tensor joined(Side side) {
      if (seen.get(side).isEmpty()) {
        throw new IllegalStateException(
            "no sample of the " + side + " has passed at '" + slot + "'; open SIDE around forward");
      }
      return Tensor.cat(0, seen.get(side));
    }

    private void forget() {
      seen.values()
          .forEach(
              list -> {
                list.forEach(Tensor::close);
                list.clear();
              });
    }

    @Override
    public void close() {
      observation.close();
      forget();
    }
  }
}
