package dev.proteus.lab.docs;

import dev.proteus.core.method.Catalogue;
import dev.proteus.lab.experiment.ExperimentReport;
import dev.proteus.lab.experiment.Results;
import dev.proteus.lab.experiment.Rule;
import dev.proteus.lab.report.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The pages of the documentation that follow from the catalogue and the committed results. */
public final class Docs {
  private static final String GENERATED =
      "<!-- Generated; see \"Generated pages\" in CONTRIBUTING.md. -->\n\n";

  private Docs() {}

  /** The pages by their path in the source tree. */
  public static Map<String, String> pages(Catalogue catalogue) {
    List<Results> results =
        catalogue.entries().stream().flatMap(e -> Results.of(e.id()).stream()).toList();
    return Map.of("docs/methods.md", methods(catalogue), "docs/results.md", results(results));
  }

  static String methods(Catalogue catalogue) {
    StringBuilder out =
        new StringBuilder(GENERATED)
            .append("# Methods\n\n")
            .append(
                "A status is earned: *built* (its type exists), *exact* (its exact checks pass)")
            .append(", *reference* (it equals the official implementation on stored fixtures), ")
            .append("*claim* (its experiment has a stored [result](results.md)).\n");
    Map<String, List<Catalogue.Entry>> families =
        catalogue.entries().stream()
            .collect(
                Collectors.groupingBy(Catalogue.Entry::family, TreeMap::new, Collectors.toList()));
    families.forEach(
        (family, entries) -> {
          Table table = new Table("id", "paper", "status");
          entries.forEach(e -> table.row("`" + e.id() + "`", e.title(), e.status()));
          out.append("\n## ").append(family).append("\n\n").append(table.markdown());
        });
    return out.toString();
  }

  static String results(List<Results> all) {
    StringBuilder out =
        new StringBuilder(GENERATED)
            .append("# Results\n\n")
            .append("Each method against a baseline on the same data, budget and seeds: mean ± ")
            .append("standard deviation over the seeds, and the gain on equal seeds (positive is ")
            .append("better). The rules were said before the runs.\n\n")
            .append(ExperimentReport.table(all).markdown());
    for (Results r : all) {
      Map<String, String> facts = new LinkedHashMap<>();
      facts.put("Claim", r.claim());
      facts.put("Measured on", r.setting());
      facts.put("Rule", r.rules().stream().map(Rule::text).collect(Collectors.joining("; ")));
      facts.put("Verdict", r.verdict().toString());
      facts.put(
          "Run",
          "%s, seeds %s, %s cores, libtorch %s"
              .formatted(
                  r.date(), r.seeds(), r.machine().get("cores"), r.versions().get("libtorch")));
      out.append("\n## ").append(r.id()).append("\n\n");
      facts.forEach(
          (name, fact) -> out.append("- ").append(name).append(": ").append(fact).append("\n"));
    }
    return out.toString();
  }
}
