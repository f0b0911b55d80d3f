package dev.proteus.models.text;

import java.util.ArrayList;
import java.util.List;

/** Turns tokens that come one by one into text: a character may be of several tokens. */
public final class TextStream {
  /** What a decoder gives for bytes that are no whole character. */
  private static final char INCOMPLETE = '\uFFFD';

  private final Tokenizer tokenizer;
  private final List<Long> ids = new ArrayList<>();
  private int given;

  public TextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The text that this token adds; empty until its last character is whole. */
  public String add(long id) {
    ids.add(id);
    String all = text();
    return !all.isEmpty() && all.charAt(all.length() - 1) == INCOMPLETE ? "" : rest(all);
  }

  /** What is left, whole or not. */
  public String end() {
    return rest(text());
  }

  private String rest(String all) {
    String rest = all.substring(Math.min(given, all.length()));
    given = all.length();
    return rest;
  }

  private String text() {
    return tokenizer.decode(ids.stream().mapToLong(Long::longValue).toArray());
  }
}
