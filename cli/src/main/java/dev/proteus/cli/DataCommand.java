package dev.proteus.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.data.Dataset;
import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.data.NamedData;
import dev.proteus.core.data.Splits;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.lab.report.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The data that have a name. */
@Command(
    name = "data",
    description = "Lists the data that commands know by name, or fetches them.",
    footer = {"", "Example:", "  proteus data list"},
    subcommands = {DataCommand.ListThem.class, DataCommand.Fetch.class})
final class DataCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "list or fetch is missing");
  }

  @Command(
      name = "list",
      description = "Lists the data by name: what is there, and how large.",
      footer = {"", "Example:", "  proteus data list --json"})
  static final class ListThem implements Callable<Integer> {
    @Mixin private Output output;

    @Override
    public Integer call() throws IOException {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      Table table = new Table("name", "train", "test", "classes", "sample", "where");
      for (String name : NamedData.NAMES) {
        Optional<Path> folder =
            name.equals(NamedData.FASHION_FULL) ? FashionMnist.find() : Optional.empty();
        ObjectNode json = array.addObject().put("name", name);
        if (name.equals(NamedData.FASHION_FULL) && folder.isEmpty()) {
          json.put("available", false);
          table.row(name, null, null, null, null, "proteus data fetch " + name);
          continue;
        }
        String where = folder.map(Path::toString).orElse("bundled");
        Splits data = NamedData.open(name, null);
        Dataset train = data.train();
        long[] shape = sample(train);
        json.put("available", true)
            .put("where", where)
            .put("train", train.size())
            .put("test", data.test().size())
            .put("classes", train.classes());
        ArrayNode sizes = json.putArray("sample");
        Arrays.stream(shape).forEach(sizes::add);
        table.row(
            name, train.size(), data.test().size(), train.classes(), Arrays.toString(shape), where);
      }
      if (output.json) {
        output.print(array);
      } else {
        output.println(table.text());
      }
      return 0;
    }

    /** Shape of one sample. */
    private static long[] sample(Dataset data) {
      try (Scope s = Scope.open()) {
        Tensor first = data.get(new long[] {0}).input();
        return Arrays.copyOfRange(first.shape(), 1, first.dim());
      }
    }
  }

  @Command(
      name = "fetch",
      description = "Downloads data and checks them; what is there already is kept.",
      footer = {"", "Example:", "  proteus data fetch fashion-mnist-full"})
  static final class Fetch implements Callable<Integer> {
    @Parameters(
        paramLabel = "NAME",
        description = "The only data that are not bundled: fashion-mnist-full.")
    private String name;

    @Option(
        names = "--to",
        paramLabel = "FOLDER",
        description = "Where to; other commands look there only if PROTEUS_DATA names it.")
    private Path folder = FashionMnist.cache();

    @Mixin private Output output;
    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      if (!name.equals(NamedData.FASHION_FULL)) {
        throw new ParameterException(
            spec.commandLine(),
            NamedData.NAMES.contains(name)
                ? name + " is bundled: there is nothing to fetch"
                : "no data '" + name + "'; what can be fetched is " + NamedData.FASHION_FULL);
      }
      output.progress("fetching " + name + " (30 MB) to " + folder);
      FashionMnist.download(folder);
      if (output.json) {
        output.print(
            JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("folder", folder.toString()));
      } else {
        output.println(folder.toString());
      }
      return 0;
    }
  }
}
