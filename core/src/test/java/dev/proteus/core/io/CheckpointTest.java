package dev.proteus.core.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.optim.Optimizer;
import dev.proteus.core.optim.State;
import dev.proteus.core.optim.Stepper;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir private Path folder;

  private static final class Net extends Layer {
    private final Parameter weight = parameter("weight", Generator.seeded(1).normal(0, 1, 4, 8));

    @Override
    public Tensor forward(Tensor x) {
      return F.linear(x, weight.value(), null).relu();
    }
  }

  private record Momentum(double lr) implements Optimizer {
    @Override
    public void update(Tensor x, Tensor gradient, State state, double lr) {
      x.sub_(state.get("velocity", x::zerosLike).mul_(0.9).add_(gradient).mul(lr));
    }
  }

  /** A run whose every step depends on all of its state. */
  private static final class Run {
    private final Net net = new Net();
    private final Stepper stepper = new Momentum(0.1).on(net);
    private final Generator random = Generator.seeded(7);
    private int step;

    void steps(int n) {
      for (int end = step + n; step < end; step++) {
        try (Scope s = Scope.open()) {
          stepper.factor(1.0 / (1 + step));
          net.forward(random.normal(0, 1, 16, 8)).square().mean().backward();
          stepper.step();
          stepper.zeroGrad();
        }
      }
    }

    void save(Path path) throws IOException {
      Checkpoint c =
          new Checkpoint()
              .put("model", net.state())
              .put("learner", stepper.snapshot())
              .put("random", Map.of("run", random.state()));
      c.meta().put("step", step);
      c.save(path);
    }

    void load(Path path) throws IOException {
      Checkpoint c = Checkpoint.load(path);
      net.load(c.get("model"));
      stepper.restore(c.get("learner"));
      random.restore(c.get("random").get("run"));
      step = c.meta().get("step").asInt();
    }
  }

  @Test
  void aResumedRunIsTheUninterruptedOneBitForBit() throws IOException {
    Run whole = new Run();
    whole.steps(20);
    Run first = new Run();
    first.steps(9);
    Path path = folder.resolve("run.safetensors");
    first.save(path);
    Run second = new Run();
    second.load(path);
    assertThat(second.step).isEqualTo(9);
    second.steps(11);
    assertThat(second.net.state().get("weight").toBytes())
        .isEqualTo(whole.net.state().get("weight").toBytes());
    assertThat(second.random.nextLong()).isEqualTo(whole.random.nextLong());
  }

  @Test
  void metaComesBackExactly() throws IOException {
    Checkpoint c = new Checkpoint().put("empty", Map.of());
    c.meta().put("lr", 0.1 + 0.2).put("seed", Long.MIN_VALUE).put("text", "ä\n\"{}");
    c.meta().putArray("losses").add(1e-300).add(Double.NaN).add(Double.NEGATIVE_INFINITY);
    Path path = folder.resolve("a.safetensors");
    c.save(path);
    Checkpoint back = Checkpoint.load(path);
    assertThat(back.meta()).isEqualTo(c.meta());
    assertThat(back.get("empty")).isEmpty();
  }

  @Test
  void groupsAreRefusedByName() {
    Checkpoint c = new Checkpoint().put("model", Map.of());
    assertThatThrownBy(() -> c.get("modle")).hasMessageContainingAll("'modle'", "[model]");
    assertThatThrownBy(() -> c.put("model", Map.of())).hasMessageContaining("'model' already");
    assertThatThrownBy(() -> c.put("a/b", Map.of())).hasMessageContaining("slash");
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    Path path = folder.resolve("weights.safetensors");
    Safetensors.write(path, Map.of("w", Tensor.ones(1)), Map.of());
    assertThatThrownBy(() -> Checkpoint.load(path))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("weights.safetensors", "not a checkpoint");
    for (Map<String, String> damaged :
        List.of(
            Map.of("proteus.checkpoint", "1", "proteus.meta", "[]"),
            Map.of("proteus.checkpoint", "1", "proteus.meta", "{"),
            Map.of("proteus.checkpoint", "1", "proteus.groups", "[\"other\"]"),
            Map.of("proteus.checkpoint", "1", "proteus.groups", "{}"))) {
      Safetensors.write(path, Map.of("w", Tensor.ones(1)), damaged);
      assertThatThrownBy(() -> Checkpoint.load(path))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("weights.safetensors", "damaged");
    }
    Safetensors.write(path, Map.of(), Map.of("proteus.checkpoint", "99"));
    assertThatThrownBy(() -> Checkpoint.load(path)).hasMessageContaining("version 99");
  }

  /** Overwrites one checkpoint until it is killed; every value in it is its step. */
  public static final class Writer {
    private Writer() {}

    public static void main(String[] args) throws IOException {
      for (long step = 0; ; step++) {
        Checkpoint c =
            new Checkpoint().put("model", Map.of("w", Tensor.full((double) step, 500_000)));
        c.meta().put("step", step);
        c.save(Path.of(args[0]));
      }
    }
  }

  @Test
  void aKilledWriterLeavesAWholeCheckpoint() throws Exception {
    Path path = folder.resolve("run.safetensors");
    for (int kill = 0; kill < 3; kill++) {
      Process writer =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  path.toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("writer.log").toFile())
              .start();
      try {
        Files.deleteIfExists(path);
        for (int wait = 0; !Files.exists(path); wait++) {
          assertThat(writer.isAlive() && wait < 6000)
              .as(() -> "the writer writes: " + read(folder.resolve("writer.log")))
              .isTrue();
          Thread.sleep(10);
        }
        Thread.sleep(37L * kill + 11);
      } finally {
        writer.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      }
      Checkpoint c = Checkpoint.load(path);
      long step = c.meta().get("step").asLong();
      Tensor w = c.get("model").get("w");
      assertThat(w.amin().item()).isEqualTo((double) step).isEqualTo(w.amax().item());
    }
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
