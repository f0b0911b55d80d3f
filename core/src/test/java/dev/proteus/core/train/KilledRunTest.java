package dev.proteus.core.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.data.Digits;
import dev.proteus.core.data.Splits;
import dev.proteus.core.io.Safetensors;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.ForkedJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is killed without warning, several times, ends as one that nobody disturbed. */
class KilledRunTest {
  private static final int KILLS = 4;
  private static final int EPOCHS = 24;
  private static final int STEPS = EPOCHS * 36;

  @TempDir Path folder;

  @Test
  void resumesToTheSameWeightsBitForBit() throws Exception {
    ForkedJvm.run(Run.class, folder.resolve("calm").toString());

    long seed = System.nanoTime();
    Random random = new Random(seed);
    String killed = folder.resolve("killed").toString();
    long from = 0;
    for (int kill = 1; kill <= KILLS; kill++) {
      // each time within a share of what is left, so that there is something left to kill
      int share = (STEPS - (int) from) / (KILLS - kill + 2);
      long at = from + 1 + random.nextInt(Math.max(1, share));
      from = runAndKill(killed, at, random.nextInt(3_000_000));
    }
    ForkedJvm.run(Run.class, killed);

    Map<String, Tensor> calm = result("calm");
    Map<String, Tensor> resumed = result("killed");
    assertThat(resumed.keySet()).isEqualTo(calm.keySet());
    calm.forEach(
        (path, t) ->
            assertThat(resumed.get(path).toBytes())
                .as("%s, kills drawn from seed %d", path, seed)
                .isEqualTo(t.toBytes()));
  }

  /** Kills a run somewhat after it has reported a step; gives the last step that it reported. */
  private static long runAndKill(String folder, long step, int delayNanos)
      throws IOException, InterruptedException {
    Process p = ForkedJvm.start(Run.class, folder);
    long last = 0;
    try (BufferedReader steps = ForkedJvm.output(p)) {
      while (last < step) {
        last = step(steps.readLine());
      }
      Thread.sleep(delayNanos / 1_000_000, delayNanos % 1_000_000);
      p.toHandle().destroyForcibly(); // SIGKILL; unlike the process' own it leaves its output open
      // what it still said before it died; the last line may be cut off, so each ends with a mark
      for (String line = steps.readLine(); line != null; line = steps.readLine()) {
        last = line.endsWith(";") ? step(line) : last;
      }
    }
    assertThat(p.waitFor()).as("exit code at step %d of %d", last, STEPS).isNotZero();
    return last;
  }

  private static long step(String line) {
    return Long.parseLong(line.substring(0, line.length() - 1));
  }

  private Map<String, Tensor> result(String run) throws IOException {
    return Safetensors.read(folder.resolve(run).resolve("weights.safetensors")).tensors();
  }

  /** Trains in the folder that it is given, or goes on there; reports each step. */
  static final class Run {
    public static void main(String[] args) throws IOException {
      Path folder = Files.createDirectories(Path.of(args[0]));
      Path checkpoint = folder.resolve("checkpoint.safetensors");
      Splits data = Splits.holdOut(Digits.train(), 0.2, 0);
      boolean resume = Files.exists(checkpoint);
      Layer net;
      // other starting values on resuming: everything must come from the checkpoint
      try (Generator.Use use = Generator.seeded(resume ? 2 : 1).use()) {
        net =
            new Sequential(
                new Flatten(),
                new Linear(64, 32),
                Activation.relu(),
                new Dropout(0.2),
                new Linear(32, 10));
      }
      TrainingListener report =
          new TrainingListener() {
            @Override
            public void stepped(long step, double loss) {
              System.out.println(step + ";");
            }
          };
      Trainer trainer =
          Trainer.of(EPOCHS, 32, 5).withCheckpoints(checkpoint, 7).withPatience(EPOCHS);
      Backprop rule = new Backprop(new CrossEntropy(), new AdamW(3e-3, 0.01));
      if (resume) {
        trainer.resume(net, rule, data.train(), data.test(), report);
      } else {
        trainer.run(net, rule, data.train(), data.test(), report);
      }
      Safetensors.write(folder.resolve("weights.safetensors"), net.state(), Map.of());
    }
  }
}
