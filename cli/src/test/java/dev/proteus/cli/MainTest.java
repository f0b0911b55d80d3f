package dev.proteus.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class MainTest {
  @Test
  void versionAndHelpSucceed() {
    assertThat(Run.of("--version").out()).startsWith("proteus ").contains("Java ");
    Run help = Run.of("--help");
    assertThat(help.code()).isZero();
    assertThat(help.out()).contains("methods", "Example");
    assertThat(help.err()).isEmpty();
  }

  @Test
  void withoutACommandItIsAUsageError() {
    Run run = Run.of();
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("a command is missing").contains("proteus --help");
  }

  @Test
  void whatIsMistypedIsAnsweredWithWhatIsMeant() {
    Run command = Run.of("method");
    assertThat(command.code()).isEqualTo(2);
    assertThat(command.err()).contains("'method'").contains("methods");
    assertThat(command.out()).isEmpty();
    Run option = Run.of("methods", "--famly", "tta");
    assertThat(option.code()).isEqualTo(2);
    assertThat(option.err()).contains("--famly").contains("--family");
  }

  static List<String> commands() {
    List<String> all = new ArrayList<>();
    collect(new CommandLine(new Main()).getCommandSpec(), all);
    return all;
  }

  private static void collect(CommandSpec spec, List<String> into) {
    into.add(spec.qualifiedName());
    spec.subcommands().values().forEach(c -> collect(c.getCommandSpec(), into));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyCommandHasHelpWithAnExample(String command) {
    List<String> args = new ArrayList<>(List.of(command.split(" ")));
    args.remove(0);
    args.add("--help");
    Run run = Run.of(args.toArray(String[]::new));
    assertThat(run.code()).isZero();
    assertThat(run.out().split("Examples?:", 2)).hasSize(2);
    assertThat(run.out().split("Examples?:", 2)[1]).contains("  " + command + " ");
    if (!run.out().contains("Commands:")) {
      assertThat(run.out()).contains("--json", "--verbose");
    }
  }
}
