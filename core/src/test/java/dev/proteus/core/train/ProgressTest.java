package dev.proteus.core.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void drawsToTheGivenStream() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Progress p =
        new Progress("training", 4, new PrintStream(bytes, true, StandardCharsets.UTF_8))) {
      p.step();
      p.stepTo(3);
      p.say("loss 0.5");
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("training", "3/4", "loss 0.5");
  }

  @Test
  void isSilentWithoutATerminal() {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream all = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      System.setOut(all);
      System.setErr(all);
      try (Progress p = new Progress("training", 4)) {
        p.step();
        p.say("loss 0.5");
      }
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    assertThat(bytes.size()).isZero();
  }
}
