package dev.proteus.lab.experiment;

import com.fasterxml.jackson.annotation.JsonValue;

/** What an experiment says of its claim. */
public enum Verdict {
  REPRODUCED("reproduced"),
  NOT_REPRODUCED("not reproduced at this scale"),
  CONTRADICTED("contradicted");

  private final String text;

  Verdict(String text) {
    this.text = text;
  }

  @Override
  @JsonValue
  public String toString() {
    return text;
  }
}
