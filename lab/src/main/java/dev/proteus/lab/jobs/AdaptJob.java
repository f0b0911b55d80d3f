package dev.proteus.lab.jobs;

import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.Domain;
import dev.proteus.core.data.Order;
import dev.proteus.core.data.Shift;
import dev.proteus.core.data.Stream;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Evaluator;
import dev.proteus.core.train.Progress;
import dev.proteus.models.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Streams shifted images through a network, unadapted and with online adapters, and measures both.
 * Each method meets each shift from the same start: it is reset in between.
 *
 * @param shifts of the images, each a stream of its own
 * @param severity 1 to 5
 * @param order of the images in a stream
 * @param batchSize images a batch
 * @param seed of the order of the images and of the shifts' draws
 */
public record AdaptJob(
    List<? extends Shift> shifts, int severity, Order order, int batchSize, long seed) {

  /** The row of the network as it is. */
  public static final String SOURCE = "source";

  public AdaptJob {
    shifts = List.copyOf(shifts);
    if (shifts.isEmpty()) {
      throw new IllegalArgumentException("at least one shift is needed");
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("batch size must be at least 1, but is " + batchSize);
    }
    Domain.each(shifts, severity); // refuses a severity that is out of range
  }

  /**
   * What one method reached.
   *
   * @param method its name
   * @param mean accuracy over all shifts
   * @param corruptions accuracy by shift
   * @param samplesPerSecond through the network, adaptation included
   * @param addedMemoryBytes how much higher the process' peak memory was than that of the plain
   *     network; null where the system does not tell (not Linux)
   */
  public record Row(
      String method,
      double mean,
      Map<String, Double> corruptions,
      double samplesPerSecond,
      Long addedMemoryBytes) {}

  /** A method that does not fit the network, and what it says of it. */
  public record Refusal(String method, String reason) {}

  /**
   * What all methods reached.
   *
   * @param clean accuracy of the plain network on the images as they are
   * @param methods the plain network first
   * @param refused what was left out
   */
  public record Result(
      double clean,
      int samples,
      int severity,
      int batchSize,
      List<Row> methods,
      List<Refusal> refused) {}

  /**
   * Runs the plain network and each adapter over all shifts.
   *
   * @param data images [N,C,H,W] with classes, uint8 or in [0, 1]; not normalised
   * @param adapters by name
   * @throws IllegalArgumentException if an adapter refuses the network, naming both
   */
  public Result run(Model model, Dataset data, Map<String, OnlineAdapter> adapters) {
    return compare(model, data, adapters, false);
  }

  /** Like {@link #run}, without those adapters that refuse the network. */
  public Result runFitting(Model model, Dataset data, Map<String, OnlineAdapter> adapters) {
    return compare(model, data, adapters, true);
  }

  /**
   * The rows of the adapters alone; what memory they add is not known without the plain network.
   */
  public List<Row> adapted(Model model, Dataset data, Map<String, OnlineAdapter> adapters) {
    try (Progress progress = progress(adapters.size())) {
      Map<String, List<Batch>> streams = streams(data, progress);
      List<Row> rows = new ArrayList<>();
      adapters.forEach((name, adapter) -> rows.add(row(name, adapter, model, streams, progress)));
      return rows;
    }
  }

  private Result compare(
      Model model, Dataset data, Map<String, OnlineAdapter> adapters, boolean leaveOut) {
    try (Progress progress = progress(adapters.size() + 1)) {
      Map<String, List<Batch>> streams = streams(data, progress);
      double clean = Evaluator.evaluate(model.net(), model.prepare(data), batchSize).accuracy();
      Row plain = row(SOURCE, Plain::new, model, streams, progress);
      Long plainPeak = PeakMemory.bytes();
      List<Row> rows = new ArrayList<>(List.of(withMemory(plain, plainPeak)));
      List<Refusal> refused = new ArrayList<>();
      for (Map.Entry<String, OnlineAdapter> e : adapters.entrySet()) {
        try {
          Row row = row(e.getKey(), e.getValue(), model, streams, progress);
          rows.add(withMemory(row, plainPeak));
        } catch (RefusedException refusal) {
          if (!leaveOut) {
            throw refusal;
          }
          refused.add(new Refusal(e.getKey(), refusal.getCause().getMessage()));
        }
      }
      return new Result(clean, data.size(), severity, batchSize, rows, refused);
    }
  }

  private Progress progress(int methods) {
    return new Progress("adapt", (long) shifts.size() * (methods + 1));
  }

  private Map<String, List<Batch>> streams(Dataset data, Progress progress) {
    Map<String, List<Batch>> streams = new LinkedHashMap<>();
    for (Shift shift : shifts) {
      progress.say(shift.name());
      streams.put(shift.name(), corrupt(data, shift));
      progress.step();
    }
    return streams;
  }

  /** The peak is that since the last reset: of the method that has just run. */
  private static Row withMemory(Row row, Long plainPeak) {
    Long peak = PeakMemory.bytes();
    Long added = peak == null ? null : Math.max(0, peak - plainPeak);
    return new Row(row.method(), row.mean(), row.corruptions(), row.samplesPerSecond(), added);
  }

  private Row row(
      String name,
      OnlineAdapter adapter,
      Model model,
      Map<String, List<Batch>> streams,
      Progress progress) {
    progress.say(name);
    PeakMemory.reset();
    Map<String, Double> accuracies = new LinkedHashMap<>();
    long nanos = 0;
    long samples = 0;
    try (OnlineAdapter.Session session = attach(name, adapter, model.net())) {
      for (Map.Entry<String, List<Batch>> stream : streams.entrySet()) {
        session.reset();
        long start = System.nanoTime();
        accuracies.put(stream.getKey(), accuracy(session, stream.getValue(), model::prepare));
        nanos += System.nanoTime() - start;
        samples += stream.getValue().stream().mapToLong(Batch::size).sum();
        progress.step();
      }
    }
    double mean = accuracies.values().stream().mapToDouble(a -> a).average().orElseThrow();
    return new Row(name, mean, accuracies, samples / (nanos / 1e9), null);
  }

  /** Only what an adapter says at the start is about the network: later it would be a failure. */
  private static OnlineAdapter.Session attach(String name, OnlineAdapter adapter, Layer net) {
    try {
      return adapter.attach(net);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(name, e);
    }
  }

  private static final class RefusedException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    RefusedException(String name, IllegalArgumentException reason) {
      super(name + ": " + reason.getMessage(), reason);
    }
  }

  private static double accuracy(
      OnlineAdapter.Session session, List<Batch> stream, UnaryOperator<Tensor> prepare) {
    long right = 0;
    long all = 0;
    for (Batch b : stream) {
      try (Scope scope = Scope.open()) {
        Tensor classes = session.predict(prepare.apply(b.input())).argmax(1);
        right += classes.eq(b.target()).sum().itemLong();
        all += b.size();
      }
    }
    return (double) right / all;
  }

  /** The whole stream of a shift, ahead of the timing; 8-bit, as the corruptions make them. */
  private List<Batch> corrupt(Dataset data, Shift shift) {
    Stream stream = Stream.of(data, List.of(new Domain(shift, severity)), order, batchSize, seed);
    List<Batch> batches = new ArrayList<>();
    for (int k = 0; k < stream.size(); k++) {
      try (Scope scope = Scope.open()) {
        Stream.Item item = stream.get(k);
        Tensor levels = item.input().mul(255).round().to(DType.UINT8);
        batches.add(new Batch(levels.retain(), item.target().retain()));
      }
    }
    return batches;
  }

  /** The network as it is: what every adapter is compared with. */
  private static final class Plain implements OnlineAdapter.Session {
    private final Layer net;
    private final Layer.Mode mode;

    Plain(Layer net) {
      this.net = net;
      this.mode = net.evaluating();
    }

    @Override
    public Tensor predict(Tensor x) {
      return Autograd.noGrad(() -> net.forward(x));
    }

    @Override
    public void reset() {
      // Nothing ever changes.
    }

    @Override
    public Map<String, Tensor> snapshot() {
      return Map.of();
    }

    @Override
    public void restore(Map<String, Tensor> snapshot) {
      // Nothing ever changes.
    }

    @Override
    public void close() {
      mode.close();
    }
  }
}
