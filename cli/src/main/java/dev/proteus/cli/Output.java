package dev.proteus.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options of every command, and the way of its results to standard output. */
final class Output {
  @Option(
      names = "--json",
      description = "Print one JSON value to standard output, and nothing else there.")
  boolean json;

  @Option(
      names = {"-v", "--verbose"},
      description = "Log more to standard error; errors with their stack trace.")
  void verbose(boolean on) {
    if (on) {
      // Read when the first logger is made: after the options, before any command's work.
      System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "debug");
    }
  }

  @Spec(Target.MIXEE)
  private CommandSpec command;

  void print(JsonNode value) {
    try {
      // Made here, not in a constant: a command that prints none must not load Jackson's classes.
      println(new JsonMapper().writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  void println(String line) {
    command.commandLine().getOut().println(line);
  }

  /** A part of a result that comes bit by bit, at once. */
  void write(String part) {
    command.commandLine().getOut().print(part);
    command.commandLine().getOut().flush();
  }

  void printf(String format, Object... arguments) {
    println(String.format(Locale.ROOT, format, arguments));
  }

  /** A line that is no result: to standard error. */
  void progress(String line) {
    command.commandLine().getErr().println(line);
  }

  /** What the arguments ask for; if {@code lookUp} refuses them, they are wrong usage. */
  <T> T asked(Supplier<T> lookUp) {
    try {
      return lookUp.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
