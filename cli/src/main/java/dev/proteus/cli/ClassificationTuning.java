package dev.proteus.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.adapter.LayerAdapter;
import dev.proteus.core.adapter.Lora;
import dev.proteus.core.adapter.Targets;
import dev.proteus.core.data.TextFolder;
import dev.proteus.core.data.Texts;
import dev.proteus.core.train.EpochResult;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.data.WordNetGlosses;
import dev.proteus.lab.jobs.TuneJob;
import dev.proteus.lab.jobs.TuneReport;
import dev.proteus.lab.run.Checksum;
import dev.proteus.lab.run.Run;
import dev.proteus.lab.run.RunStore;
import dev.proteus.models.MiniLm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code tune --task classification}: labelled texts. */
final class ClassificationTuning implements TuneCommand.Tuning {
  /** What fits into three minutes on two cores. */
  private static final WordNetGlosses.Caps CAPS = new WordNetGlosses.Caps(60, 20, 40);

  private static final long DRAW = 1;

  /** Tokens. Nearly all definitions are shorter, and one that is longer says enough by then. */
  private static final int DEFINITION = 48;

  private static final int TEXT = 128;

  /** The best of 0.001 and 0.003, and of 0.0001 and 0.0005, on the validation part. */
  private static final double MINILM_RATE = 0.003;

  private static final double MINILM_FULL_RATE = 0.0005;

  /** What is usual for networks of BERT's size. */
  private static final double RATE = 0.0005;

  private static final double FULL_RATE = 0.00003;

  @Override
  public void run(TuneOptions o, Output output) throws IOException {
    List<TuneJob.Way> ways = output.asked(() -> ways(o.methods));
    boolean minilm = o.model.equals(MiniLm.NAME);
    TuneJob job =
        output.asked(
            () ->
                new TuneJob(
                    o.epochs,
                    o.batchSize,
                    o.rate(minilm ? MINILM_RATE : RATE),
                    o.fullRate(minilm ? MINILM_FULL_RATE : FULL_RATE),
                    o.maxLength(o.data.equals(WordNetGlosses.NAME) ? DEFINITION : TEXT),
                    o.seed));
    TextFolder.Parts texts = texts(o);
    Path network = o.network(output);
    Path to = Files.createDirectories(o.output());
    try (RunStore store = RunStore.open();
        Run run =
            store.start(
                "tune", config(o, job, ways), o.seed, Map.of(o.data, Checksum.of(texts.train())))) {
      Map<String, List<RunStore.Point>> losses = new LinkedHashMap<>();
      TuneJob.Result result =
          job.run(network, texts, ways, to, way -> listener(way, run, losses, o, output));
      Path page = o.page(run.id());
      Files.createDirectories(page.toAbsolutePath().getParent());
      TuneReport.page(result, o.model + " on " + o.data, losses).write(page);
      run.artefact("report", page);
      run.artefact("output", to);
      run.finish(summary(result));
      print(result, o, page, output);
    }
  }

  private static TextFolder.Parts texts(TuneOptions o) throws IOException {
    return o.data.equals(WordNetGlosses.NAME)
        ? WordNetGlosses.draw(CAPS, DRAW)
        : TextFolder.open(
            Path.of(o.data), new Texts.Columns(o.textColumn, o.pairColumn, o.labelColumn));
  }

  /** Those asked for, else LoRA and all weights. */
  private static List<TuneJob.Way> ways(List<String> words) {
    List<TuneJob.Way> ways = new ArrayList<>();
    if (words.isEmpty()) {
      ways.add(new TuneJob.Way("lora", new Lora(8, 16, 0, Targets.of("all-linear"))));
    } else {
      List<String> adapters = words.stream().filter(w -> !w.equals(TuneJob.FULL)).toList();
      MethodWords.build(LayerAdapter.class, adapters)
          .forEach((name, adapter) -> ways.add(new TuneJob.Way(name, adapter)));
    }
    if (words.isEmpty() || words.contains(TuneJob.FULL)) {
      ways.add(new TuneJob.Way(TuneJob.FULL, null));
    }
    return ways;
  }

  /** All that the result depends on, besides seed and data. */
  private static Map<String, Object> config(TuneOptions o, TuneJob job, List<TuneJob.Way> ways) {
    Map<String, Object> config = new TreeMap<>();
    config.put("model", o.model);
    config.put("data", o.data);
    config.put("epochs", job.epochs());
    config.put("batchSize", job.batchSize());
    config.put("rate", job.rate());
    config.put("fullRate", job.fullRate());
    config.put("maxLength", job.maxLength());
    config.put("ways", ways.stream().map(w -> w.name() + ": " + w.adapter()).toList());
    return config;
  }

  private static TrainingListener listener(
      String way, Run run, Map<String, List<RunStore.Point>> losses, TuneOptions o, Output output) {
    List<RunStore.Point> own = losses.computeIfAbsent(way, w -> new ArrayList<>());
    return new TrainingListener() {
      @Override
      public void stepped(long step, double loss) {
        own.add(new RunStore.Point(step, loss));
      }

      @Override
      public void epochEnded(EpochResult e) {
        run.metric(e.step(), way + " loss", e.loss());
        e.validation().forEach((name, v) -> run.metric(e.step(), way + " validation " + name, v));
        output.progress(
            "%s, epoch %d of %d: loss %.4f, validation accuracy %.4f"
                .formatted(way, e.epoch(), o.epochs, e.loss(), e.validation().get("accuracy")));
      }
    };
  }

  private static Map<String, Double> summary(TuneJob.Result result) {
    Map<String, Double> summary = new LinkedHashMap<>();
    result.rows().forEach(r -> summary.put(r.name(), r.accuracy()));
    return summary;
  }

  private static void print(TuneJob.Result result, TuneOptions o, Path page, Output output) {
    if (output.json) {
      ObjectNode json = new JsonMapper().valueToTree(result);
      output.print(json.put("report", page.toString()));
      return;
    }
    output.printf(
        "%s on %s: %d texts of %d classes to train, %d for validation, %d to test:%n",
        o.model, o.data, result.train(), result.classes(), result.validation(), result.test());
    output.println(TuneReport.table(result).text());
    result.rows().stream()
        .filter(r -> r.reloaded() != null)
        .forEach(r -> output.println(TuneReport.reloaded(r)));
    output.println("Report: " + page);
  }
}
