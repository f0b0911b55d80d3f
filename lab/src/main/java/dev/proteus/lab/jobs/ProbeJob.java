package dev.proteus.lab.jobs;

import dev.proteus.core.data.Batches;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Domain;
import dev.proteus.core.data.Images;
import dev.proteus.core.method.Probe;
import dev.proteus.core.nn.Context;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.methods.domain.ProxyADistance;
import dev.proteus.methods.domain.ProxyADistance.Side;
import dev.proteus.models.Model;
import java.util.Map;

/**
 * Reads a probe on a network after showing it what it needs to see: the watching begins on earlier
 * weights, the model's own are put in, then samples pass, those of the target domain last.
 *
 * @param samples at most so many of each domain, drawn at random
 * @param batchSize samples a pass
 * @param seed of the draw; of domains of equal size the same samples are drawn
 */
public record ProbeJob(int samples, int batchSize, long seed) {
  public ProbeJob {
    if (samples < 1 || batchSize < 1) {
      throw new IllegalArgumentException(
          "samples and batch size must be at least 1, but are " + samples + " and " + batchSize);
    }
  }

  /**
   * What there is to show, each null where it is not there; a probe sees only what it needs.
   *
   * @param since the same architecture with earlier weights
   * @param data of the source domain, as {@link Model#prepare} takes them
   * @param target the same of the target domain
   */
  public record Shown(Model since, Dataset data, Dataset target) {}

  /**
   * The numbers of a probe, by name; the models are left as they are.
   *
   * @throws IllegalArgumentException if something that the probe needs is not there, or the earlier
   *     weights are of another architecture
   */
  public Map<String, Double> run(Probe probe, Model model, Shown shown) {
    Model since = needed(probe, Probe.Need.EARLIER_WEIGHTS, shown.since());
    Dataset data = needed(probe, Probe.Need.DATA, shown.data());
    Dataset target = needed(probe, Probe.Need.TARGET, shown.target());
    try (Scope scope = Scope.open()) {
      Layer net = model.net().copy();
      if (since != null) {
        load(net, since);
      }
      try (Layer.Mode mode = net.evaluating();
          Probe.Watch watch = probe.watch(net)) {
        net.load(model.net().state());
        pass(net, model, data, Side.SOURCE);
        pass(net, model, target, Side.TARGET);
        return watch.read();
      }
    }
  }

  private static <T> T needed(Probe probe, Probe.Need need, T shown) {
    if (!probe.needs().contains(need)) {
      return null;
    }
    if (shown == null) {
      throw new IllegalArgumentException(probe + " needs " + need + ", which is not there");
    }
    return shown;
  }

  private static void load(Layer net, Model since) {
    try {
      net.load(since.net().state());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the earlier weights are of another architecture: " + e.getMessage(), e);
    }
  }

  private void pass(Layer net, Model model, Dataset data, Side side) {
    if (data == null) {
      return;
    }
    // Data may lie in order of their classes, and a probe may hold out those that pass last.
    Tensor order = Generator.seeded(seed).permutation(data.size());
    long[] drawn = order.narrow(0, 0, Math.min(samples, data.size())).toLongs();
    try (Context<Side>.Open open = ProxyADistance.SIDE.open(side);
        Autograd.Mode off = Autograd.noGrad()) {
      Batches.of(model.prepare(data.subset(drawn)), batchSize)
          .forEach(batch -> net.forward(batch.input()));
    }
  }

  /**
   * The same images in another domain, for a target.
   *
   * @param images [N,C,H,W], uint8 or in [0, 1]
   * @param seed of the shift's draws, which go on from batch to batch
   */
  public static Dataset shifted(Dataset images, Domain domain, long seed) {
    Generator random = Generator.seeded(seed);
    return images.map(x -> domain.shift().apply(Images.unit(x), domain.severity(), random));
  }
}
