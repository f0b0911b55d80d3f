package dev.proteus.core.surgery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A pattern over paths: {@code *} is any part of one segment, {@code **} any number of segments. At
 * the end it is at least one: {@code encoder.**} is what is below the encoder, not the encoder.
 */
final class Glob {
  private final String text;
  private final List<String> segments;
  private final Pattern pattern;

  Glob(String text) {
    this.text = text;
    this.segments = Arrays.asList(text.split("\\.", -1));
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < segments.size(); i++) {
      String s = segments.get(i);
      boolean last = i == segments.size() - 1;
      if (s.isEmpty() || (s.contains("**") && s.length() > 2)) {
        throw new IllegalArgumentException(
            "glob '"
                + text
                + "': segments between dots are names, where * is any part of one, or ** alone for"
                + " any number of segments");
      }
      if (s.equals("**")) {
        regex.append(last ? ".+" : "(?:[^.]+\\.)*");
      } else {
        regex.append(
            Arrays.stream(s.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining("[^.]*")));
        regex.append(last ? "" : "\\.");
      }
    }
    this.pattern = Pattern.compile(regex.toString());
  }

  boolean matches(String path) {
    return pattern.matcher(path).matches();
  }

  /** For a glob that matches none of these: the paths that differ from it in one segment. */
  IllegalArgumentException noMatch(String what, Collection<String> paths) {
    List<String> near = new ArrayList<>();
    for (int i = segments.size() - 1; i >= 0 && near.isEmpty(); i--) {
      List<String> relaxed = new ArrayList<>(segments);
      relaxed.set(i, "*");
      Glob g = new Glob(String.join(".", relaxed));
      paths.stream().filter(g::matches).limit(5).forEach(near::add);
    }
    String hint =
        near.isEmpty()
            ? "there are " + paths.stream().limit(8).collect(Collectors.joining(", "))
            : "near it are " + String.join(", ", near);
    return new IllegalArgumentException(
        "no " + what + " matches '" + text + "'; " + (paths.isEmpty() ? "there are none" : hint));
  }
}
