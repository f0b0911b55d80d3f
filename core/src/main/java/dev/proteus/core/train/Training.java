package dev.proteus.core.train;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.data.Batch;
import dev.proteus.core.data.Batches;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.io.Checkpoint;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Device;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One training run: its loop, and the state that its checkpoints hold. */
final class Training {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Trainer settings;
  private final Layer net;
  private final LearningRule rule;
  private final LearningRule.Learner learner;
  private final Dataset data;
  private final Dataset validation;
  private final TrainingListener listener;
  private final Generator random;
  private final Batches batches;
  private final Device device;

  // what the next step depends on, and with it every checkpoint
  private long step;
  private Batches.Position position;
  private double lossSum;
  private final List<EpochResult> history = new ArrayList<>();
  private int bestEpoch;
  private double bestLoss = Double.POSITIVE_INFINITY;
  private Map<String, Tensor> best = Map.of();

  Training(
      Trainer settings,
      Layer net,
      LearningRule rule,
      LearningRule.Learner learner,
      Dataset data,
      Dataset validation,
      TrainingListener listener,
      Generator random) {
    this.settings = settings;
    this.net = net;
    this.rule = rule;
    this.learner = learner;
    this.data = data;
    this.validation = validation;
    this.listener = listener;
    this.random = random;
    this.batches =
        Batches.of(data, settings.batchSize()).shuffled(random).prefetch(settings.workers());
    this.device = Evaluator.device(net);
  }

  /**
   * @param from null for a fresh start
   */
  TrainingResult run(Checkpoint from) {
    if (from == null) {
      save();
    } else {
      restore(from);
    }
    long total = settings.epochs() * batches.count();
    try (EventFile events = events(from == null ? 0 : step + 1);
        Progress progress = new Progress("training", total)) {
      if (events != null && from == null) {
        events.text("settings", 0, settings + "\n\n" + rule);
      }
      while (history.size() < settings.epochs() && !stoppedEarly()) {
        epoch(events, progress, total);
      }
    }
    boolean early = stoppedEarly() && history.size() < settings.epochs();
    if (bestEpoch > 0) {
      net.load(best);
    }
    net.eval();
    return new TrainingResult(
        learner, List.copyOf(history), step, bestEpoch > 0 ? bestEpoch : history.size(), early);
  }

  private EventFile events(long first) {
    return settings.events() == null ? null : new EventFile(settings.events(), first);
  }

  private boolean stoppedEarly() {
    return settings.patience() > 0 && history.size() - bestEpoch >= settings.patience();
  }

  private void epoch(EventFile events, Progress progress, long total) {
    try (Batches.Epoch epoch = position == null ? batches.epoch() : batches.resume(position)) {
      while (epoch.hasNext()) {
        try (Scope scope = Scope.open()) {
          Tensor before = random.state();
          Batch batch = epoch.next().to(device);
          double loss = learner.learn(batch, (double) step / total);
          if (!Double.isFinite(loss)) {
            random.restore(before);
            throw new DivergedException(
                step + 1,
                history.size() + 1,
                epoch.position().next(),
                loss,
                Divergence.find(net, learner, batch));
          }
          step++;
          lossSum += loss * batch.size();
          if (events != null) {
            events.scalar("train/loss", step, loss);
          }
          listener.stepped(step, loss);
          progress.stepTo(step);
          progress.say("loss %.4f".formatted(loss));
        }
        position = epoch.position();
        if (step % settings.checkpointEvery() == 0 && epoch.hasNext()) {
          save();
        }
      }
    }
    endEpoch(events);
  }

  private void endEpoch(EventFile events) {
    EpochResult result =
        new EpochResult(history.size() + 1, step, lossSum / data.size(), validate(events));
    history.add(result);
    position = null;
    lossSum = 0;
    save();
    listener.epochEnded(result);
  }

  private Map<String, Double> validate(EventFile events) {
    if (validation == null) {
      return Map.of();
    }
    Evaluation e = Evaluator.evaluate(net, learner, validation, settings.batchSize());
    if (settings.patience() > 0 && e.loss() < bestLoss) {
      bestLoss = e.loss();
      bestEpoch = history.size() + 1;
      best.values().forEach(Tensor::close);
      best = net.snapshot();
    }
    Map<String, Double> numbers = e.numbers();
    if (events != null) {
      numbers.forEach((name, value) -> events.scalar("validation/" + name, step, value));
      events.flush();
    }
    return numbers;
  }

  // ---- checkpoints ----

  private void save() {
    if (settings.checkpoint() == null) {
      return;
    }
    Map<String, Tensor> learned = learner.snapshot();
    try (Scope scope = Scope.open()) {
      Checkpoint c =
          new Checkpoint()
              .put("model", net.state())
              .put("learner", learned)
              .put("best", best)
              .put("random", Map.of("run", random.state()));
      c.meta().set("run", identity());
      c.meta().put("step", step).put("lossSum", lossSum);
      if (position != null) {
        c.meta().put("order", position.seed()).put("next", position.next());
      }
      c.meta().set("history", JSON.valueToTree(history));
      c.meta().put("bestEpoch", bestEpoch).put("bestLoss", bestLoss);
      c.save(settings.checkpoint());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the checkpoint: " + e.getMessage(), e);
    } finally {
      learned.values().forEach(Tensor::close);
    }
  }

  private void restore(Checkpoint c) {
    ObjectNode meta = c.meta();
    identity().properties().forEach(e -> same(e.getKey(), e.getValue(), meta.path("run")));
    net.load(c.get("model"));
    learner.restore(c.get("learner"));
    random.restore(c.get("random").get("run"));
    step = meta.get("step").asLong();
    lossSum = meta.get("lossSum").asDouble();
    if (meta.has("next")) {
      position = new Batches.Position(meta.get("order").asLong(), meta.get("next").asLong());
    }
    history.addAll(epochs(meta));
    bestEpoch = meta.get("bestEpoch").asInt();
    bestLoss = meta.get("bestLoss").asDouble();
    best = c.get("best");
  }

  private static void same(String setting, JsonNode here, JsonNode there) {
    // as text: a number that was read may have another type of node
    if (!here.asText().equals(there.path(setting).asText())) {
      throw new IllegalArgumentException(
          "the checkpoint is of another run: there "
              + setting
              + " is "
              + there.path(setting)
              + ", here "
              + here);
    }
  }

  private static List<EpochResult> epochs(ObjectNode meta) {
    try {
      return JSON.readerFor(new TypeReference<List<EpochResult>>() {})
          .readValue(meta.get("history"));
    } catch (IOException e) {
      throw new UncheckedIOException("the checkpoint's history is damaged", e);
    }
  }

  /** What must be the same for a run to go on. */
  private ObjectNode identity() {
    return JSON.createObjectNode()
        .put("rule", rule.toString())
        .put("epochs", settings.epochs())
        .put("batchSize", settings.batchSize())
        .put("seed", settings.seed())
        .put("patience", settings.patience())
        .put("samples", data.size());
  }
}
