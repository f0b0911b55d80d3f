package dev.proteus.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.adapter.LayerAdapter;
import dev.proteus.core.adapter.Lora;
import dev.proteus.core.adapter.Targets;
import dev.proteus.core.data.Texts;
import dev.proteus.core.train.EpochResult;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.lab.data.WordNetGlosses;
import dev.proteus.lab.jobs.CausalLmJob;
import dev.proteus.lab.jobs.SmallLm;
import dev.proteus.lab.jobs.TuneJob;
import dev.proteus.lab.run.Checksum;
import dev.proteus.lab.run.Run;
import dev.proteus.lab.run.RunStore;
import dev.proteus.models.MiniLm;
import dev.proteus.models.Model;
import dev.proteus.models.text.ByteTokenizer;
import dev.proteus.models.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** {@code tune --task causal-lm}: a text file, and a network that learns to write like it. */
final class CausalLmTuning implements TuneCommand.Tuning {
  private static final int CONTEXT = 128;
  private static final double RATE = 0.001;
  private static final double FULL_RATE = 0.0001;

  /** Half a megabyte of definitions: minutes on two cores. */
  private static final WordNetGlosses.Caps CAPS = new WordNetGlosses.Caps(300, 0, 0);

  private static final long DRAW = 1;

  private final CausalLmOptions shape;

  CausalLmTuning(CausalLmOptions shape) {
    this.shape = shape;
  }

  @Override
  public void run(TuneOptions o, Output output) throws IOException {
    boolean fresh = o.model.equals(MiniLm.NAME); // the default, which is no network that writes
    LayerAdapter adapter = output.asked(() -> adapter(o.methods, fresh));
    SmallLm small = fresh ? output.asked(() -> shape.shape(o.maxLength(CONTEXT))) : null;
    CausalLmJob job =
        output.asked(
            () ->
                new CausalLmJob(
                    o.maxLength(CONTEXT),
                    o.epochs,
                    o.batchSize,
                    fresh || adapter != null ? o.rate(RATE) : o.fullRate(FULL_RATE),
                    adapter,
                    o.seed));
    List<String> lines = lines(o.data);
    Path to =
        Files.createDirectories(fresh ? o.output(small.architecture().toString()) : o.output());
    Path from = fresh ? null : o.network(output);
    Model model = fresh ? small.fresh(o.seed) : Model.load(from);
    Tokenizer tokenizer = fresh ? ByteTokenizer.create() : Tokenizer.load(from);
    Texts text = new Texts(lines, null, null, List.of());
    try (RunStore store = RunStore.open();
        Run run =
            store.start(
                "tune", config(o, small, adapter), o.seed, Map.of(o.data, Checksum.of(text)))) {
      CausalLmJob.Result r = job.run(model, tokenizer, lines, to, listener(run, o, output));
      if (fresh) {
        ByteTokenizer.save(to);
      } else if (adapter == null) {
        Tokenizer.copy(from, to);
      }
      run.artefact("output", to);
      run.finish(Map.of("perplexity before", r.before(), "perplexity after", r.after()));
      print(r, o, to, adapter, output);
    }
  }

  /** The adapter that is trained; null for all weights. */
  private static LayerAdapter adapter(List<String> words, boolean fresh) {
    if (words.equals(List.of(TuneJob.FULL)) || (words.isEmpty() && fresh)) {
      return null;
    }
    if (fresh) {
      throw new IllegalArgumentException(
          "an adapter needs a trained network: give its folder by --model, or leave out --method");
    }
    if (words.isEmpty()) {
      return new Lora(8, 16, 0, Targets.of("all-linear"));
    }
    Map<String, LayerAdapter> all = MethodWords.build(LayerAdapter.class, words);
    if (all.size() > 1) {
      throw new IllegalArgumentException(
          "one --method at a time for causal-lm, got " + all.keySet());
    }
    return all.values().iterator().next();
  }

  private static List<String> lines(String data) throws IOException {
    if (data.equals(WordNetGlosses.NAME)) {
      List<String> glosses = new ArrayList<>(WordNetGlosses.draw(CAPS, DRAW).train().texts());
      Collections.shuffle(glosses, new Random(DRAW)); // they come by category
      return glosses;
    }
    return Files.readAllLines(Path.of(data));
  }

  private static Map<String, Object> config(TuneOptions o, SmallLm small, LayerAdapter adapter) {
    Map<String, Object> config = new TreeMap<>();
    config.put("task", "causal-lm");
    config.put("model", small == null ? o.model : small.toString());
    config.put("data", o.data);
    config.put("epochs", o.epochs);
    config.put("batchSize", o.batchSize);
    config.put("context", o.maxLength(CONTEXT));
    config.put("method", adapter == null ? TuneJob.FULL : adapter.toString());
    return config;
  }

  private static TrainingListener listener(Run run, TuneOptions o, Output output) {
    return new TrainingListener() {
      @Override
      public void epochEnded(EpochResult e) {
        run.metric(e.step(), "loss", e.loss());
        output.progress("epoch %d of %d: loss %.4f".formatted(e.epoch(), o.epochs, e.loss()));
      }
    };
  }

  private static void print(
      CausalLmJob.Result r, TuneOptions o, Path to, LayerAdapter adapter, Output output) {
    if (output.json) {
      ObjectNode json = new JsonMapper().createObjectNode().put("output", to.toString());
      json.put("context", o.maxLength(CONTEXT))
          .put("trained", r.trained())
          .put("heldOut", r.heldOut());
      json.put("parameters", r.parameters()).put("before", r.before()).put("after", r.after());
      json.put("tokensPerSecond", r.tokensPerSecond()).put("peakBytes", r.peakBytes());
      output.print(json);
      return;
    }
    output.printf(
        "%,d parameters trained on %,d tokens of %s (%,.0f a second%s):",
        r.parameters(),
        r.trained() * o.epochs,
        o.data,
        r.tokensPerSecond(),
        r.peakBytes() == null ? "" : ", %,d MB at most".formatted(r.peakBytes() >> 20));
    output.printf(
        "perplexity on the last tenth of the text (%,d tokens): %.2f before, %.2f after",
        r.heldOut(), r.before(), r.after());
    output.println(
        "Write with it: proteus generate --model %s --prompt TEXT"
            .formatted(adapter == null ? to : o.model + " --adapter " + to));
  }
}
