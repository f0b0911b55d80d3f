package dev.proteus.lab.jobs;

import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.adapter.Lora;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.TrainingListener;
import dev.proteus.models.Model;
import dev.proteus.models.resnet.ResNetConfig;
import dev.proteus.models.text.ByteTokenizer;
import dev.proteus.models.text.Generation;
import dev.proteus.models.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CausalLmJobTest {
  private static final TrainingListener QUIET = new TrainingListener() {};
  private static final Tokenizer BYTES = ByteTokenizer.create();

  @TempDir Path folder;

  /** Sums that are right: 100 different lines. */
  private static List<String> sums() {
    List<String> lines = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 600; i++) {
      int a = random.nextInt(10);
      int b = random.nextInt(10);
      lines.add(a + "+" + b + "=" + (a + b));
    }
    return lines;
  }

  private static SmallLm small(SmallLm.Architecture architecture) {
    return new SmallLm(architecture, 2, 32, 2, 32);
  }

  private static CausalLmJob job(int epochs, Lora adapter) {
    return new CausalLmJob(32, epochs, 2, 0.005, adapter, 1);
  }

  @ParameterizedTest
  @EnumSource
  void learnsATextFromScratchAndItsFolderWrites(SmallLm.Architecture architecture)
      throws IOException {
    Model model = small(architecture).fresh(1);
    CausalLmJob.Result r = job(8, null).run(model, BYTES, sums(), folder, QUIET);
    assertThat(r.before()).isCloseTo(257, within(25.0));
    assertThat(r.after()).isLessThan(6);
    assertThat(r.tokensPerSecond()).isPositive();
    assertThat(r.trained()).isBetween(3000L, 4000L);
    assertThat(folder.resolve("training.safetensors")).doesNotExist();

    ByteTokenizer.save(folder);
    GenerateJob writer = GenerateJob.open(folder, null);
    assertThat(writer.stopIds()).containsExactly(256L);
    StringBuilder heard = new StringBuilder();
    Generation greedy = Generation.greedy(12, writer.stopIds(), writer.padId());
    GenerateJob.Result text = writer.write(List.of("1+2=", "\n7+"), greedy, heard::append, 1);
    assertThat(heard).hasToString(text.texts().get(0));
    assertThat(text.texts()).allMatch(t -> t.matches("[0-9+=\n]{12}"));
    assertThat(text.tokens()).isEqualTo(24);
    String alone = writer.write(List.of("\n7+"), greedy, t -> {}, 1).texts().get(0);
    assertThat(alone).isEqualTo(text.texts().get(1));
    assertThatThrownBy(() -> writer.write(List.of("1", ""), greedy, t -> {}, 1))
        .hasMessageContaining("a prompt is empty");
  }

  @Test
  void goesOnWhereItWasCutOff() throws IOException {
    Model whole = small(SmallLm.Architecture.LLAMA).fresh(1);
    CausalLmJob.Result one = job(2, null).run(whole, BYTES, sums(), folder.resolve("whole"), QUIET);
    Path cut = folder.resolve("cut");
    TrainingListener fails =
        new TrainingListener() {
          @Override
          public void stepped(long step, double loss) {
            if (step == one.training().steps() - 2) {
              throw new IllegalStateException("cut off");
            }
          }
        };
    Model first = small(SmallLm.Architecture.LLAMA).fresh(1);
    assertThatThrownBy(() -> job(2, null).run(first, BYTES, sums(), cut, fails))
        .hasMessage("cut off");
    Model second = small(SmallLm.Architecture.LLAMA).fresh(1);
    CausalLmJob.Result two = job(2, null).run(second, BYTES, sums(), cut, QUIET);
    Map<String, Tensor> expected = whole.net().state();
    second.net().state().forEach((path, t) -> assertSame(path, t, expected.get(path)));
    assertThat(two.after()).isEqualTo(one.after());
    assertThat(two.before()).isEqualTo(one.before());
  }

  @Test
  void trainsAnAdapterOfAFolder() throws IOException {
    Path base = folder.resolve("base");
    small(SmallLm.Architecture.GPT2).fresh(1).save(base);
    ByteTokenizer.save(base);
    byte[] weights = Files.readAllBytes(base.resolve("model.safetensors"));
    Path out = folder.resolve("adapter");
    Lora lora = new Lora(4, 16, 0, List.of("c_attn", "c_proj", "c_fc"));
    Model model = Model.load(base);
    CausalLmJob.Result r = job(3, lora).run(model, Tokenizer.load(base), sums(), out, QUIET);
    assertThat(r.after()).isLessThan(r.before() * 0.9);
    long all = model.net().parameters().values().stream().mapToLong(p -> p.value().numel()).sum();
    assertThat(r.parameters()).isLessThan(all / 2);
    assertThat(out.resolve("adapter_model.safetensors")).exists();
    assertThat(Files.readAllBytes(base.resolve("model.safetensors"))).isEqualTo(weights);

    GenerateJob adapted = GenerateJob.open(base, out);
    Generation greedy = Generation.greedy(8, List.of(), 0);
    GenerateJob.Result plain =
        GenerateJob.open(base, null).write(List.of("1+"), greedy, t -> {}, 1);
    assertThat(adapted.write(List.of("1+"), greedy, t -> {}, 1).texts())
        .isNotEqualTo(plain.texts());
  }

  @Test
  void whatCannotBeTrainedOrWrittenIsRefused() throws IOException {
    Model images = Model.resnet(ResNetConfig.small(1, 2), List.of("a", "b"), null);
    assertThatThrownBy(() -> job(1, null).run(images, BYTES, sums(), folder, QUIET))
        .hasMessageContaining("must predict the next token");
    images.save(folder);
    assertThatThrownBy(() -> GenerateJob.open(folder, null)).hasMessageContaining("writes no text");
    Model model = small(SmallLm.Architecture.GPT2).fresh(1);
    assertThatThrownBy(() -> job(1, null).run(model, BYTES, List.of("short"), folder, QUIET))
        .hasMessageContaining("take a longer text or a shorter context");
    assertThatThrownBy(() -> new SmallLm(SmallLm.Architecture.GPT2, 2, 30, 2, 32))
        .hasMessageContaining("multiple of twice the heads");
  }
}
