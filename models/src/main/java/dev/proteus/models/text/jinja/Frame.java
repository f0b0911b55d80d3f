package dev.proteus.models.text.jinja;

import java.util.HashMap;
import java.util.Map;

/** The variables that a statement sees: its own, and those around it. */
final class Frame {
  private final Frame outer;
  private final Map<String, Object> variables = new HashMap<>();

  Frame(Frame outer) {
    this.outer = outer;
  }

  Object get(String name) {
    for (Frame f = this; f != null; f = f.outer) {
      if (f.variables.containsKey(name)) {
        return f.variables.get(name);
      }
    }
    return Values.UNDEFINED;
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }
}
