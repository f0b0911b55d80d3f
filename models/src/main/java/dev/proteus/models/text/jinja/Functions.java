package dev.proteus.models.text.jinja;

import dev.proteus.models.text.jinja.Expressions.Arguments;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The functions, methods, filters and tests that chat templates use. */
final class Functions {
  private static final Set<String> FILTERS =
      Set.of(
          "capitalize",
          "count",
          "default",
          "first",
          "int",
          "items",
          "join",
          "last",
          "length",
          "list",
          "lower",
          "map",
          "rejectattr",
          "replace",
          "reverse",
          "safe",
          "selectattr",
          "string",
          "title",
          "tojson",
          "trim",
          "unique",
          "upper");

  private static final Set<String> TESTS =
      Set.of(
          "boolean",
          "defined",
          "eq",
          "equalto",
          "even",
          "false",
          "float",
          "in",
          "integer",
          "iterable",
          "mapping",
          "ne",
          "none",
          "number",
          "odd",
          "sequence",
          "string",
          "true",
          "undefined");

  private static final Set<String> WITH_ARGUMENT = Set.of("eq", "equalto", "in", "ne");

  /** Python's letters for parts of a date, and Java's. */
  private static final Map<Character, String> DATE =
      Map.of(
          'd', "dd", 'b', "MMM", 'B', "MMMM", 'm', "MM", 'Y', "yyyy", 'y', "yy", 'A', "EEEE", 'H',
          "HH", 'M', "mm", 'S', "ss");

  private Functions() {}

  /** A function of a template. */
  interface Function {
    Object call(Arguments a);
  }

  /** Those that every template has. */
  static void define(Frame f) {
    f.set("namespace", (Function) a -> new LinkedHashMap<>(a.named()));
    f.set("dict", (Function) a -> new LinkedHashMap<>(a.named()));
    f.set("range", (Function) Functions::range);
    f.set("strftime_now", (Function) a -> today(Values.text(a.get(0, "format", ""))));
    f.set(
        "raise_exception",
        (Function)
            a -> {
              throw new JinjaException(Values.text(a.get(0, "message", "")));
            });
  }

  /** The present date and time in a format of Python's strftime. */
  private static String today(String format) {
    StringBuilder out = new StringBuilder();
    LocalDateTime now = LocalDateTime.now(ZoneId.systemDefault());
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      String pattern = DATE.get(format.charAt(++i));
      if (pattern == null) {
        throw new JinjaException("the date format '%" + format.charAt(i) + "' is not known here");
      }
      out.append(now.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH)));
    }
    return out.toString();
  }

  private static Object range(Arguments a) {
    long first = a.values().size() > 1 ? (Long) a.values().get(0) : 0;
    long end = (Long) a.values().get(a.values().size() > 1 ? 1 : 0);
    long step = a.values().size() > 2 ? (Long) a.values().get(2) : 1;
    List<Object> all = new ArrayList<>();
    for (long i = first; step > 0 ? i < end : i > end; i += step) {
      all.add(i);
    }
    return all;
  }

  static Object call(Object function, Arguments a) {
    if (function instanceof Function f) {
      return f.call(a);
    }
    throw new JinjaException("a call of " + Values.kind(function) + ", which is no function");
  }

  // ---- methods ----

  static Object method(Object of, String name, Arguments a) {
    if (of instanceof String s) {
      return ofString(s, name, a);
    }
    if (of instanceof Map<?, ?> m) {
      Object own = m.get(name);
      if (own instanceof Function f) {
        return f.call(a);
      }
      return switch (name) {
        case "items" -> items(m);
        case "keys" -> new ArrayList<Object>(m.keySet());
        case "values" -> new ArrayList<Object>(m.values());
        case "get" -> {
          Object key = a.get(0, "key", null);
          yield m.containsKey(key) ? m.get(key) : a.get(1, "default", null);
        }
        default -> throw unknown(of, name);
      };
    }
    throw unknown(of, name);
  }

  private static JinjaException unknown(Object of, String name) {
    return new JinjaException("no method '" + name + "' of " + Values.kind(of) + " is known here");
  }

  private static Object ofString(String s, String name, Arguments a) {
    Object first = a.get(0, "", null);
    return switch (name) {
      case "strip" -> strip(s, first, true, true);
      case "lstrip" -> strip(s, first, true, false);
      case "rstrip" -> strip(s, first, false, true);
      case "upper" -> s.toUpperCase(Locale.ROOT);
      case "lower" -> s.toLowerCase(Locale.ROOT);
      case "capitalize" -> capitalised(s);
      case "title" -> titled(s);
      case "startswith" -> s.startsWith(Values.text(first));
      case "endswith" -> s.endsWith(Values.text(first));
      case "replace" -> s.replace(Values.text(first), Values.text(a.get(1, "new", "")));
      case "split" -> split(s, first);
      case "join" -> join((Collection<?>) first, s);
      default -> throw unknown(s, name);
    };
  }

  /** As Python: white space, or any of some characters. */
  private static String strip(String s, Object characters, boolean left, boolean right) {
    int from = 0;
    int to = s.length();
    String set = characters == null ? null : Values.text(characters);
    while (left && from < to && strips(s.charAt(from), set)) {
      from++;
    }
    while (right && to > from && strips(s.charAt(to - 1), set)) {
      to--;
    }
    return s.substring(from, to);
  }

  private static boolean strips(char c, String set) {
    return set == null
        ? Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85
        : set.indexOf(c) >= 0;
  }

  private static String capitalised(String s) {
    return s.isEmpty()
        ? s
        : s.substring(0, 1).toUpperCase(Locale.ROOT) + s.substring(1).toLowerCase(Locale.ROOT);
  }

  private static String titled(String s) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
      inWord = Character.isLetter(c);
    }
    return out.toString();
  }

  private static List<Object> split(String s, Object separator) {
    if (separator == null) {
      return s.isBlank()
          ? new ArrayList<>()
          : new ArrayList<>(Arrays.asList(s.strip().split("\\s+")));
    }
    return new ArrayList<>(
        Arrays.asList(s.split(java.util.regex.Pattern.quote(Values.text(separator)), -1)));
  }

  private static String join(Collection<?> parts, String between) {
    return parts.stream().map(Values::text).collect(Collectors.joining(between));
  }

  private static List<Object> items(Map<?, ?> m) {
    List<Object> all = new ArrayList<>();
    m.forEach((k, v) -> all.add(Arrays.asList(k, v)));
    return all;
  }

  // ---- filters ----

  static String knownFilter(String name, int line) {
    return known("filter", name, FILTERS, line);
  }

  private static String known(String what, String name, Set<String> names, int line) {
    if (!names.contains(name)) {
      throw new JinjaException(
          "line " + line + ": the " + what + " '" + name + "' is not known here");
    }
    return name;
  }

  static Object filter(String name, Object v, Arguments a) {
    return switch (name) {
      case "trim" -> strip(Values.text(v), a.get(0, "chars", null), true, true);
      case "upper", "lower", "title", "capitalize" -> ofString(Values.text(v), name, a);
      case "replace" -> ofString(Values.text(v), name, a);
      case "string", "safe" -> Values.text(v);
      case "length", "count" -> length(v);
      case "int" ->
          v instanceof String s ? (Object) Long.parseLong(s.strip()) : ((Number) v).longValue();
      case "default" ->
          v == Values.UNDEFINED || (Values.truth(a.get(1, "boolean", false)) && !Values.truth(v))
              ? a.get(0, "default_value", "")
              : v;
      case "tojson" -> Values.json(v, indent(a), 0);
      case "items" -> items((Map<?, ?>) v);
      default -> ofList(name, list(v), a);
    };
  }

  private static int indent(Arguments a) {
    Object indent = a.named().get("indent");
    return indent == null ? 0 : ((Long) indent).intValue();
  }

  private static Object length(Object v) {
    return v == Values.UNDEFINED ? 0L : (long) list(v).size();
  }

  /** The elements: of a list, of a mapping its keys, of a text its characters. */
  static List<Object> list(Object v) {
    if (v instanceof Collection<?> c) {
      return new ArrayList<>(c);
    }
    if (v instanceof Map<?, ?> m) {
      return new ArrayList<>(m.keySet());
    }
    if (v instanceof String s) {
      return new ArrayList<>(Values.characters(s));
    }
    if (v == Values.UNDEFINED) {
      return new ArrayList<>();
    }
    throw new JinjaException(Values.kind(v) + " has no elements");
  }

  private static Object ofList(String name, List<Object> list, Arguments a) {
    return switch (name) {
      case "first" -> list.isEmpty() ? Values.UNDEFINED : list.get(0);
      case "last" -> list.isEmpty() ? Values.UNDEFINED : list.get(list.size() - 1);
      case "join" -> join(list, Values.text(a.get(0, "d", "")));
      case "reverse" -> {
        Collections.reverse(list);
        yield list;
      }
      case "unique" -> new ArrayList<>(new java.util.LinkedHashSet<>(list));
      case "map" -> {
        Object attribute = a.named().get("attribute");
        if (attribute == null) {
          String filter = knownFilter(Values.text(a.get(0, "", "")), 0);
          list.replaceAll(e -> filter(filter, e, Arguments.NONE));
        } else {
          list.replaceAll(e -> Values.item(e, attribute));
        }
        yield list;
      }
      case "selectattr" -> selected(list, a, true);
      case "rejectattr" -> selected(list, a, false);
      default -> list;
    };
  }

  /** Those whose attribute passes a test, or is true where none is named. */
  private static List<Object> selected(List<Object> list, Arguments a, boolean wanted) {
    Object attribute = a.values().get(0);
    List<Object> test = a.values().subList(1, a.values().size());
    list.removeIf(
        e -> {
          Object v = Values.item(e, attribute);
          boolean passes =
              test.isEmpty()
                  ? Values.truth(v)
                  : test(
                      knownTest(alias(Values.text(test.get(0))), 0),
                      v,
                      new Arguments(test.subList(1, test.size()), Map.of()));
          return passes != wanted;
        });
    return list;
  }

  private static String alias(String test) {
    return switch (test) {
      case "==" -> "eq";
      case "!=" -> "ne";
      default -> test;
    };
  }

  // ---- tests ----

  static String knownTest(String name, int line) {
    return known("test", name.equals("None") ? "none" : name, TESTS, line);
  }

  static boolean takesArgument(String test) {
    return WITH_ARGUMENT.contains(test);
  }

  static boolean test(String name, Object v, Arguments a) {
    return switch (name) {
      case "defined" -> v != Values.UNDEFINED;
      case "undefined" -> v == Values.UNDEFINED;
      case "none" -> v == null;
      case "string" -> v instanceof String;
      case "number" -> v instanceof Number;
      case "integer" -> v instanceof Long;
      case "float" -> v instanceof Double;
      case "boolean" -> v instanceof Boolean;
      case "true" -> Boolean.TRUE.equals(v);
      case "false" -> Boolean.FALSE.equals(v);
      case "mapping" -> v instanceof Map<?, ?>;
      case "iterable", "sequence" ->
          v instanceof Collection<?> || v instanceof String || v instanceof Map<?, ?>;
      case "even" -> (Long) v % 2 == 0;
      case "odd" -> (Long) v % 2 != 0;
      case "in" -> Values.contains(a.values().get(0), v);
      case "ne" -> !Values.same(v, a.values().get(0));
      default -> Values.same(v, a.values().get(0));
    };
  }
}
