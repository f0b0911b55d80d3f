package dev.proteus.core.nn;

import java.util.Locale;

/** What a convolution sees beyond the border. */
public enum PaddingMode {
  ZEROS,
  /** The inside mirrored at the outermost element, which is not repeated. */
  REFLECT,
  /** The outermost element. */
  REPLICATE,
  /** The opposite end. */
  CIRCULAR;

  /** The name that {@link dev.proteus.core.tensor.F#pad} takes. */
  String engineName() {
    return this == ZEROS ? "constant" : name().toLowerCase(Locale.ROOT);
  }
}
