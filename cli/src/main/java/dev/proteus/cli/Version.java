package dev.proteus.cli;

import dev.proteus.lab.run.Provenance;
import java.util.Map;
import picocli.CommandLine.IVersionProvider;

/** Proteus and what it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    Map<String, String> versions = Provenance.versions();
    return new String[] {
      "proteus " + versions.get("proteus"),
      "libtorch " + versions.get("libtorch"),
      "Java " + versions.get("java") + ", " + System.getProperty("java.vm.name")
    };
  }
}
