package dev.proteus.lab.jobs;

import dev.proteus.core.adapter.Adapters;
import dev.proteus.core.adapter.AttachedAdapter;
import dev.proteus.core.adapter.LayerAdapter;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Schedule;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.EpochResult;
import dev.proteus.core.train.LearningRule;
import dev.proteus.core.train.Trainer;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.core.train.TrainingResult;
import dev.proteus.models.Model;
import dev.proteus.models.text.CausalLm;
import dev.proteus.models.text.Corpus;
import dev.proteus.models.text.NextToken;
import dev.proteus.models.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Trains a language model on a text: all of its weights, or an adapter. The end of the text is held
 * out; the perplexity there, before and after, says what was learned. Cut off, it goes on where it
 * stopped when it is run again.
 *
 * @param context tokens of a sample
 * @param epochs passes over the text
 * @param batchSize samples a step
 * @param lr learning rate at first; falls to zero by a cosine
 * @param adapter trained instead of the weights; null for the weights
 * @param seed of the order and of all that is drawn
 */
public record CausalLmJob(
    int context, int epochs, int batchSize, double lr, LayerAdapter adapter, long seed) {
  private static final double HELD_OUT = 0.1;
  private static final double CLIP = 1;
  private static final double DECAY = 0.01;
  private static final long STEPS_BETWEEN_CHECKPOINTS = 200;

  /**
   * What the training gave.
   *
   * @param trained tokens of the text that it was trained on
   * @param heldOut tokens of the text that it was judged by
   * @param parameters number of those that were trained
   * @param before perplexity on the held-out text
   * @param after the same, after the training
   * @param tokensPerSecond of the training, in this run
   * @param peakBytes highest memory of the process since the training began; null where the system
   *     does not tell
   * @param training its history
   */
  public record Result(
      long trained,
      long heldOut,
      long parameters,
      double before,
      double after,
      double tokensPerSecond,
      Long peakBytes,
      TrainingResult training) {}

  /**
   * Trains and saves: the model folder, or with an adapter its folder in the format of PEFT.
   *
   * @param model a {@link CausalLm} that gives logits of whole texts
   * @param lines of the text
   * @param folder where the result goes; checkpoints and TensorBoard events go there, too
   * @throws IllegalArgumentException if the model writes no text, or the text is too short
   */
  public Result run(
      Model model, Tokenizer tokenizer, List<String> lines, Path folder, TrainingListener listener)
      throws IOException {
    Layer net = model.net();
    if (!(net instanceof CausalLm)) {
      throw new IllegalArgumentException(
          "to be trained on text a model must predict the next token, such as GPT2LMHeadModel or LlamaForCausalLM, but this is "
              + model.config().path("architectures").path(0).asText(net.toString()));
    }
    long[] ids = Corpus.ids(tokenizer, lines);
    int cut = (int) Math.round(ids.length * (1 - HELD_OUT));
    Dataset train = Corpus.blocks(Arrays.copyOfRange(ids, 0, cut), context);
    Dataset held = Corpus.blocks(Arrays.copyOfRange(ids, cut, ids.length), context);
    AttachedAdapter attached = attach(net);
    double before = NextToken.perplexity(net, held, batchSize);
    PeakMemory.reset();
    Speed speed = new Speed(listener, (long) batchSize * context);
    TrainingResult training = train(net, train, folder, speed);
    Long peak = PeakMemory.bytes();
    double after = NextToken.perplexity(net, held, batchSize);
    if (attached == null) {
      model.save(folder);
    } else {
      attached.save(folder);
    }
    Files.deleteIfExists(checkpoint(folder));
    return new Result(
        (long) train.size() * context,
        (long) held.size() * context,
        net.trainable().values().stream().map(Parameter::value).mapToLong(v -> v.numel()).sum(),
        before,
        after,
        speed.tokensPerSecond(),
        peak,
        training);
  }

  private AttachedAdapter attach(Layer net) {
    if (adapter == null) {
      return null;
    }
    try (Generator.Use run = Generator.seeded(seed).use()) {
      return Adapters.of(net).attach(Adapters.DEFAULT, adapter);
    }
  }

  private static Path checkpoint(Path folder) {
    return folder.resolve("training.safetensors");
  }

  private TrainingResult train(Layer net, Dataset data, Path folder, TrainingListener listener)
      throws IOException {
    Files.createDirectories(folder);
    LearningRule rule =
        new Backprop(
            new NextToken(),
            new AdamW(lr, 0.9, 0.999, 1e-8, DECAY, false),
            new Schedule.Cosine(),
            CLIP,
            1,
            false);
    Trainer trainer =
        Trainer.of(epochs, batchSize, seed)
            .withCheckpoints(checkpoint(folder), STEPS_BETWEEN_CHECKPOINTS)
            .withEvents(folder.resolve("events"));
    return Files.exists(checkpoint(folder))
        ? trainer.resume(net, rule, data, null, listener)
        : trainer.run(net, rule, data, null, listener);
  }

  /** Counts tokens and time from the first step to the last. */
  private static final class Speed implements TrainingListener {
    private final TrainingListener next;
    private final long tokensAStep;
    private final long start = System.nanoTime();
    private long steps;
    private long end = start;

    Speed(TrainingListener next, long tokensAStep) {
      this.next = next;
      this.tokensAStep = tokensAStep;
    }

    @Override
    public void stepped(long step, double loss) {
      steps++;
      end = System.nanoTime();
      next.stepped(step, loss);
    }

    @Override
    public void epochEnded(EpochResult result) {
      next.epochEnded(result);
    }

    /** The last step of an epoch may be smaller: a little more than it was. */
    double tokensPerSecond() {
      return steps == 0 ? 0 : steps * tokensAStep / ((end - start) / 1e9);
    }
  }
}
