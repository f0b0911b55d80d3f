package dev.proteus.models.text.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/**
 * Python's values as Java's: String, Long, Double, Boolean, List, Map, null for None, {@link
 * #UNDEFINED} for what is not there.
 */
final class Values {
  /** Prints as nothing, is false, and has no attributes. */
  static final Object UNDEFINED =
      new Object() {
        @Override
        public String toString() {
          return "";
        }
      };

  private Values() {}

  static boolean truth(Object v) {
    if (v == null || v == UNDEFINED) {
      return false;
    }
    if (v instanceof Boolean b) {
      return b;
    }
    if (v instanceof Number n) {
      return n.doubleValue() != 0;
    }
    if (v instanceof String s) {
      return !s.isEmpty();
    }
    if (v instanceof Collection<?> c) {
      return !c.isEmpty();
    }
    return !(v instanceof Map<?, ?> m) || !m.isEmpty();
  }

  /** As Python's str. */
  static String text(Object v) {
    if (v == null) {
      return "None";
    }
    if (v instanceof Boolean b) {
      return b ? "True" : "False";
    }
    if (v instanceof Collection<?> || v instanceof Map<?, ?>) {
      throw new JinjaException("a list or a mapping is printed; only | tojson is known here");
    }
    return v.toString();
  }

  static boolean same(Object a, Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return x.doubleValue() == y.doubleValue();
    }
    return Objects.equals(a, b);
  }

  static int compare(Object a, Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return Double.compare(x.doubleValue(), y.doubleValue());
    }
    if (a instanceof String x && b instanceof String y) {
      return x.compareTo(y);
    }
    throw new JinjaException("cannot compare " + kind(a) + " and " + kind(b));
  }

  static boolean contains(Object whole, Object part) {
    if (whole instanceof String s) {
      return s.contains(text(part));
    }
    if (whole instanceof Collection<?> c) {
      return c.stream().anyMatch(e -> same(e, part));
    }
    if (whole instanceof Map<?, ?> m) {
      return m.containsKey(part);
    }
    if (whole == UNDEFINED) {
      return false;
    }
    throw new JinjaException("nothing is in " + kind(whole));
  }

  static Object arithmetic(String sign, Object a, Object b) {
    if (sign.equals("+") && a instanceof String x && b instanceof String y) {
      return x + y;
    }
    if (sign.equals("+") && a instanceof List<?> x && b instanceof List<?> y) {
      List<Object> all = new ArrayList<>(x);
      all.addAll(y);
      return all;
    }
    if (a instanceof Long x && b instanceof Long y) {
      return switch (sign) {
        case "+" -> x + y;
        case "-" -> x - y;
        case "*" -> x * y;
        case "/" -> (double) x / y;
        case "//" -> Math.floorDiv(x, y);
        default -> Math.floorMod(x, y);
      };
    }
    if (a instanceof Number p && b instanceof Number q) {
      double x = p.doubleValue();
      double y = q.doubleValue();
      return switch (sign) {
        case "+" -> x + y;
        case "-" -> x - y;
        case "*" -> x * y;
        case "/" -> x / y;
        case "//" -> Math.floor(x / y);
        default -> x - y * Math.floor(x / y);
      };
    }
    throw new JinjaException("no " + kind(a) + " " + sign + " " + kind(b));
  }

  /** An element by number, from the end if it is negative, or the value of a key. */
  static Object item(Object of, Object key) {
    if (of instanceof Map<?, ?> m) {
      return m.containsKey(key) ? m.get(key) : UNDEFINED;
    }
    if (of instanceof List<?> list && key instanceof Long i) {
      long at = i < 0 ? list.size() + i : i;
      return at >= 0 && at < list.size() ? list.get((int) at) : UNDEFINED;
    }
    if (of instanceof String s) {
      return key instanceof Long ? item(characters(s), key) : UNDEFINED;
    }
    if (of == UNDEFINED) {
      throw new JinjaException("'" + key + "' of something that is not defined");
    }
    return UNDEFINED;
  }

  /** {@code of[from:to:step]}; null for what is left out. */
  static Object slice(Object of, Object from, Object to, Object step) {
    List<?> all = of instanceof String s ? characters(s) : (List<?>) of;
    int by = step == null ? 1 : ((Long) step).intValue();
    int n = all.size();
    int start = bound(from, by > 0 ? 0 : n - 1, n, by);
    int end = to == null ? (by > 0 ? n : -1) : bound(to, 0, n, by);
    List<Object> part = new ArrayList<>();
    for (int i = start; by > 0 ? i < end : i > end; i += by) {
      part.add(all.get(i));
    }
    return of instanceof String
        ? part.stream().map(Object::toString).collect(Collectors.joining())
        : part;
  }

  /** Python counts whole characters. */
  static List<String> characters(String s) {
    return s.codePoints().mapToObj(Character::toString).toList();
  }

  private static int bound(Object at, int otherwise, int n, int by) {
    if (at == null) {
      return otherwise;
    }
    long i = (Long) at;
    long positive = i < 0 ? i + n : i;
    return (int) Math.max(by > 0 ? 0 : -1, Math.min(positive, by > 0 ? n : n - 1));
  }

  /** As Python's json.dumps without escapes of what is not ASCII. */
  static String json(Object v, int indent, int depth) {
    String line = indent > 0 ? "\n" + " ".repeat(indent * (depth + 1)) : "";
    String end = indent > 0 ? "\n" + " ".repeat(indent * depth) : "";
    String comma = indent > 0 ? "," + line : ", ";
    if (v instanceof Map<?, ?> m) {
      StringJoiner all = new StringJoiner(comma, "{" + line, end + "}").setEmptyValue("{}");
      m.forEach((k, e) -> all.add(quoted(text(k)) + ": " + json(e, indent, depth + 1)));
      return all.toString();
    }
    if (v instanceof Collection<?> c) {
      StringJoiner all = new StringJoiner(comma, "[" + line, end + "]").setEmptyValue("[]");
      c.forEach(e -> all.add(json(e, indent, depth + 1)));
      return all.toString();
    }
    if (v instanceof String s) {
      return quoted(s);
    }
    return v == null ? "null" : v.toString();
  }

  private static String quoted(String s) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  static String kind(Object v) {
    if (v == null) {
      return "None";
    }
    return v == UNDEFINED ? "something undefined" : v.getClass().getSimpleName();
  }
}
