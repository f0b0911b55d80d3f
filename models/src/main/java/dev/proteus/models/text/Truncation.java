package dev.proteus.models.text;

/** From which text of a pair tokens are cut off where both together are too long. */
public enum Truncation {
  /** One by one from the longer of the two. */
  LONGEST_FIRST,
  ONLY_FIRST,
  ONLY_SECOND
}
