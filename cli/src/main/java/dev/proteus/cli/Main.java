package dev.proteus.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code proteus} command: reads arguments, runs a command, turns what happened into an exit
 * code (0 done, 1 failed, 2 wrong usage). Results go to standard output, all else to standard
 * error.
 */
@Command(
    name = "proteus",
    versionProvider = Version.class,
    description = "Adapts a trained neural network to data that moved.",
    footer = {"", "Example:", "  proteus adapt"},
    subcommands = {
      AdaptCommand.class,
      TuneCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      GenerateCommand.class,
      MethodsCommand.class,
      DataCommand.class,
      InspectCommand.class,
      ExperimentCommand.class
    })
public final class Main implements Runnable {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  // picocli reads these two.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show what a command does and its options.")
  private boolean help;

  @SuppressWarnings("UnusedVariable")
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  private boolean version;

  @Spec private CommandSpec spec;

  /** Without a command there is nothing to do: usage, as an error. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  public static void main(String[] args) {
    // Only results go to standard output: what a library prints is sent elsewhere.
    PrintStream stdout = System.out;
    System.setOut(System.err);
    PrintWriter out = new PrintWriter(stdout, /* autoFlush= */ true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, /* autoFlush= */ true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /** Runs one command and returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Main())
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Main::usage)
        .setExecutionExceptionHandler(Main::failed)
        .execute(args);
  }

  private static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("proteus: " + e.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
      err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    }
    return USAGE;
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    command.getErr().println("proteus: " + message(e).lines().findFirst().orElse(""));
    if (command.getParseResult().hasMatchedOption("--verbose")) {
      e.printStackTrace(command.getErr());
    }
    return FAILED;
  }

  private static String message(Throwable e) {
    if (e instanceof UncheckedIOException io && io.getMessage().equals(io.getCause().toString())) {
      return message(io.getCause());
    }
    // Without a reason the message is the bare path.
    boolean bare = e instanceof FileSystemException file && file.getReason() == null;
    return e.getMessage() == null || bare
        ? e.getClass().getSimpleName() + ": " + e.getMessage()
        : e.getMessage();
  }
}
