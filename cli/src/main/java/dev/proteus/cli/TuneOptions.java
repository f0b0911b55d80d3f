package dev.proteus.cli;

import dev.proteus.core.io.Home;
import dev.proteus.lab.data.WordNetGlosses;
import dev.proteus.models.MiniLm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What every task of {@code tune} takes. */
final class TuneOptions {
  @Option(
      names = "--model",
      paramLabel = "MODEL",
      defaultValue = MiniLm.NAME,
      description = ModelNames.DESCRIPTION + " (default: ${DEFAULT-VALUE}).")
  String model;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      defaultValue = WordNetGlosses.NAME,
      description =
          "A CSV or JSONL file, a folder with train, validation and test files, or a folder of"
              + " .txt files for each class; for causal-lm a text file (default: ${DEFAULT-VALUE}, bundled definitions).")
  String data;

  @Option(names = "--text-column", paramLabel = "NAME", description = "Column of the texts.")
  String textColumn;

  @Option(
      names = "--pair-column",
      paramLabel = "NAME",
      description = "Column of a second text, where pairs are classified.")
  String pairColumn;

  @Option(names = "--label-column", paramLabel = "NAME", description = "Column of the labels.")
  String labelColumn;

  @Option(
      names = "--method",
      arity = "1..*",
      paramLabel = "ID [key=value]",
      description =
          "An adapter with its parameters, or 'full' for all weights; may be repeated (default:"
              + " lora on all linear layers, and full).")
  List<String> methods = List.of();

  @Option(names = "--epochs", defaultValue = "3", description = "(default: ${DEFAULT-VALUE}).")
  int epochs;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "32",
      description = "Texts a step (default: ${DEFAULT-VALUE}).")
  int batchSize;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description =
          "Learning rate of adapters and fresh networks, at most (default: 0.003 for minilm, 0.0005"
              + " for others; for causal-lm 0.001).")
  private Double rate;

  @Option(
      names = "--full-lr",
      paramLabel = "RATE",
      description =
          "Learning rate of 'full', at most (default: 0.0005 for minilm, 0.00003 for others; for"
              + " causal-lm 0.0001).")
  private Double fullRate;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Tokens that a text is cut to (default: 128; for the bundled definitions 48).")
  private Integer maxLength;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of heads, adapters, order and parts (default: ${DEFAULT-VALUE}).")
  long seed;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Where adapters and models go (default: tuned in the folder of your runs).")
  Path folder;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Where the report goes (default: reports in the folder of your runs).")
  Path html;

  @Mixin private ModelNames names;

  /** The folder of the model and its tokenizer. */
  Path network(Output output) throws IOException {
    return names.folder(model, seed, output);
  }

  int maxLength(int otherwise) {
    return maxLength == null ? otherwise : maxLength;
  }

  double rate(double otherwise) {
    return rate == null ? otherwise : rate;
  }

  double fullRate(double otherwise) {
    return fullRate == null ? otherwise : fullRate;
  }

  /** Where results go. */
  Path output() {
    return output(lastName(model));
  }

  /** The same for a network of this name. */
  Path output(String network) {
    return folder != null
        ? folder
        : Home.folder().resolve("tuned").resolve(network + "-" + lastName(data));
  }

  /** The report of a run. */
  Path page(long run) {
    return html != null ? html : Home.folder().resolve("reports/tune-" + run + ".html");
  }

  private static String lastName(String path) {
    return Path.of(path).toAbsolutePath().getFileName().toString();
  }
}
