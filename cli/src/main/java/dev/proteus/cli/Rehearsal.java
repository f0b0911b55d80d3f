package dev.proteus.cli;

import java.io.PrintWriter;
import java.io.Writer;

/**
 * Runs the commands that must start fast, for the launcher: it records the classes that they load
 * in an archive (AppCDS).
 */
final class Rehearsal {
  private static final String[][] COMMANDS = {
    {"--help"}, {"--version"}, {"methods"}, {"methods", "--json"}, {"methods", "--help"}
  };

  private Rehearsal() {}

  public static void main(String[] args) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    for (String[] command : COMMANDS) {
      int code = Main.run(nowhere, nowhere, command);
      if (code != 0) {
        System.exit(code);
      }
    }
  }
}
