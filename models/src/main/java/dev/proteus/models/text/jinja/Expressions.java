package dev.proteus.models.text.jinja;

import dev.proteus.models.text.jinja.Lexer.Word;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the words of a tag as expressions. Each method is a rule of Jinja's grammar. */
final class Expressions {
  /** A value that depends on variables. */
  interface Expression {
    Object of(Frame f);
  }

  /** Arguments of a call, those by name too. */
  record Arguments(List<Object> values, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** The argument of a place or a name, or another value. */
    Object get(int place, String name, Object otherwise) {
      return place < values.size() ? values.get(place) : named.getOrDefault(name, otherwise);
    }
  }

  private interface ArgumentsOf {
    Arguments of(Frame f);
  }

  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", ">", "<=", ">=");

  private final List<Word> words;
  private final int line;
  private int at;

  Expressions(List<Word> words, int line) {
    this.words = words;
    this.line = line;
  }

  // ---- words ----

  boolean isOver() {
    return at == words.size();
  }

  /** Takes the next word if it is this sign or name. */
  boolean take(String text) {
    if (is(text)) {
      at++;
      return true;
    }
    return false;
  }

  boolean is(String text) {
    return !isOver()
        && words.get(at).type() != Lexer.Type.STRING
        && words.get(at).text().equals(text);
  }

  void expect(String text) {
    if (!take(text)) {
      throw wrong("'" + text + "'");
    }
  }

  String name() {
    if (isOver() || words.get(at).type() != Lexer.Type.NAME) {
      throw wrong("a name");
    }
    return words.get(at++).text();
  }

  void end() {
    if (!isOver()) {
      throw wrong("the end of the tag");
    }
  }

  private JinjaException wrong(String expected) {
    return new JinjaException(
        "line %d: expected %s, got %s"
            .formatted(line, expected, isOver() ? "the end" : "'" + words.get(at).text() + "'"));
  }

  // ---- grammar, from the weakest binding to the strongest ----

  /** {@code a if condition else b}. */
  Expression expression() {
    Expression value = or();
    while (take("if")) {
      Expression then = value;
      Expression condition = or();
      Expression otherwise = take("else") ? expression() : f -> Values.UNDEFINED;
      value = f -> Values.truth(condition.of(f)) ? then.of(f) : otherwise.of(f);
    }
    return value;
  }

  /** The same without a condition: what a loop runs over, where {@code if} filters. */
  Expression or() {
    Expression left = and();
    while (take("or")) {
      Expression a = left;
      Expression b = and();
      left =
          f -> {
            Object v = a.of(f);
            return Values.truth(v) ? v : b.of(f);
          };
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (take("and")) {
      Expression a = left;
      Expression b = not();
      left =
          f -> {
            Object v = a.of(f);
            return Values.truth(v) ? b.of(f) : v;
          };
    }
    return left;
  }

  private Expression not() {
    if (take("not")) {
      Expression e = not();
      return f -> !Values.truth(e.of(f));
    }
    return comparison();
  }

  private Expression comparison() {
    Expression left = sum();
    Expression all = null;
    while (true) {
      Expression a = left;
      Expression here;
      if (!isOver() && COMPARISONS.contains(words.get(at).text()) && !isString()) {
        String sign = words.get(at++).text();
        Expression b = sum();
        left = b;
        here = f -> compare(sign, a.of(f), b.of(f));
      } else if (take("in")) {
        Expression b = sum();
        left = b;
        here = f -> Values.contains(b.of(f), a.of(f));
      } else if (is("not") && at + 1 < words.size() && words.get(at + 1).text().equals("in")) {
        at += 2;
        Expression b = sum();
        left = b;
        here = f -> !Values.contains(b.of(f), a.of(f));
      } else {
        return all == null ? left : all;
      }
      Expression before = all; // a < b < c is a < b and b < c
      all = before == null ? here : f -> Values.truth(before.of(f)) ? here.of(f) : false;
    }
  }

  private boolean isString() {
    return words.get(at).type() == Lexer.Type.STRING;
  }

  private static Object compare(String sign, Object a, Object b) {
    return switch (sign) {
      case "==" -> Values.same(a, b);
      case "!=" -> !Values.same(a, b);
      case "<" -> Values.compare(a, b) < 0;
      case ">" -> Values.compare(a, b) > 0;
      case "<=" -> Values.compare(a, b) <= 0;
      default -> Values.compare(a, b) >= 0;
    };
  }

  private Expression sum() {
    Expression left = concatenation();
    while (is("+") || is("-")) {
      String sign = words.get(at++).text();
      Expression a = left;
      Expression b = concatenation();
      left = f -> Values.arithmetic(sign, a.of(f), b.of(f));
    }
    return left;
  }

  private Expression concatenation() {
    Expression left = product();
    while (take("~")) {
      Expression a = left;
      Expression b = product();
      left = f -> Values.text(a.of(f)) + Values.text(b.of(f));
    }
    return left;
  }

  private Expression product() {
    Expression left = unary(true);
    while (is("*") || is("/") || is("//") || is("%")) {
      String sign = words.get(at++).text();
      Expression a = left;
      Expression b = unary(true);
      left = f -> Values.arithmetic(sign, a.of(f), b.of(f));
    }
    return left;
  }

  private Expression unary(boolean withFilters) {
    Expression e;
    if (take("-")) {
      Expression of = unary(false);
      e = f -> Values.arithmetic("-", 0L, of.of(f));
    } else if (take("+")) {
      e = unary(false);
    } else {
      e = postfix(primary());
    }
    return withFilters ? filters(e) : e;
  }

  private Expression primary() {
    if (isOver()) {
      throw wrong("a value");
    }
    Word w = words.get(at++);
    switch (w.type()) {
      case STRING -> {
        StringBuilder text = new StringBuilder(w.text());
        while (!isOver() && isString()) {
          text.append(words.get(at++).text());
        }
        String whole = text.toString();
        return f -> whole;
      }
      case NUMBER -> {
        Object n =
            w.text().contains(".")
                ? (Object) Double.valueOf(w.text())
                : (Object) Long.valueOf(w.text());
        return f -> n;
      }
      case NAME -> {
        return switch (w.text()) {
          case "true", "True" -> f -> true;
          case "false", "False" -> f -> false;
          case "none", "None" -> f -> null;
          default -> f -> f.get(w.text());
        };
      }
      default -> {
        return bracketed(w.text());
      }
    }
  }

  private Expression bracketed(String open) {
    switch (open) {
      case "(" -> {
        List<Expression> all = new ArrayList<>();
        boolean tuple = is(")");
        while (!take(")")) {
          all.add(expression());
          tuple |= is(",");
          if (!take(",") && !is(")")) {
            throw wrong("')'");
          }
        }
        return tuple ? list(all) : all.get(0);
      }
      case "[" -> {
        List<Expression> all = new ArrayList<>();
        while (!take("]")) {
          all.add(expression());
          if (!take(",") && !is("]")) {
            throw wrong("']'");
          }
        }
        return list(all);
      }
      case "{" -> {
        Map<Expression, Expression> all = new LinkedHashMap<>();
        while (!take("}")) {
          Expression key = expression();
          expect(":");
          all.put(key, expression());
          if (!take(",") && !is("}")) {
            throw wrong("'}'");
          }
        }
        return f -> {
          Map<Object, Object> map = new LinkedHashMap<>();
          all.forEach((k, v) -> map.put(k.of(f), v.of(f)));
          return map;
        };
      }
      default -> {
        at--;
        throw wrong("a value");
      }
    }
  }

  private static Expression list(List<Expression> all) {
    return f -> {
      List<Object> values = new ArrayList<>();
      all.forEach(e -> values.add(e.of(f)));
      return values;
    };
  }

  private Expression postfix(Expression start) {
    Expression e = start;
    while (true) {
      Expression of = e;
      if (take(".")) {
        e =
            attribute(
                of, words.get(at).type() == Lexer.Type.NUMBER ? words.get(at++).text() : name());
      } else if (take("[")) {
        e = subscript(of);
      } else if (take("(")) {
        ArgumentsOf arguments = arguments();
        e = f -> Functions.call(of.of(f), arguments.of(f));
      } else {
        return e;
      }
    }
  }

  private Expression attribute(Expression of, String name) {
    if (take("(")) {
      ArgumentsOf arguments = arguments();
      return f -> Functions.method(of.of(f), name, arguments.of(f));
    }
    boolean number = Character.isDigit(name.charAt(0));
    return f -> Values.item(of.of(f), number ? (Object) Long.valueOf(name) : name);
  }

  private Expression subscript(Expression of) {
    Expression from = is(":") ? null : expression();
    if (take("]")) {
      return f -> Values.item(of.of(f), from.of(f));
    }
    expect(":");
    Expression to = is(":") || is("]") ? null : expression();
    Expression step = take(":") && !is("]") ? expression() : null;
    expect("]");
    return f -> Values.slice(of.of(f), orNull(from, f), orNull(to, f), orNull(step, f));
  }

  private static Object orNull(Expression e, Frame f) {
    return e == null ? null : e.of(f);
  }

  private Expression filters(Expression start) {
    Expression e = start;
    while (true) {
      Expression of = e;
      if (take("|")) {
        String filter = Functions.knownFilter(name(), line);
        ArgumentsOf arguments = take("(") ? arguments() : f -> Arguments.NONE;
        e = f -> Functions.filter(filter, of.of(f), arguments.of(f));
      } else if (take("is")) {
        boolean not = take("not");
        String test = Functions.knownTest(name(), line);
        ArgumentsOf arguments = testArguments(test);
        e = f -> Functions.test(test, of.of(f), arguments.of(f)) != not;
      } else {
        return e;
      }
    }
  }

  /** A test may have one argument without brackets. */
  private ArgumentsOf testArguments(String test) {
    if (take("(")) {
      return arguments();
    }
    if (Functions.takesArgument(test)) {
      Expression argument = postfix(primary());
      return f -> new Arguments(List.of(argument.of(f)), Map.of());
    }
    return f -> Arguments.NONE;
  }

  private ArgumentsOf arguments() {
    List<Expression> values = new ArrayList<>();
    Map<String, Expression> named = new LinkedHashMap<>();
    while (!take(")")) {
      boolean isNamed = at + 1 < words.size() && words.get(at + 1).text().equals("=");
      if (isNamed && words.get(at).type() == Lexer.Type.NAME) {
        String name = name();
        expect("=");
        named.put(name, expression());
      } else {
        values.add(expression());
      }
      if (!take(",") && !is(")")) {
        throw wrong("')'");
      }
    }
    return f -> {
      List<Object> all = new ArrayList<>();
      values.forEach(e -> all.add(e.of(f)));
      Map<String, Object> byName = new LinkedHashMap<>();
      named.forEach((name, e) -> byName.put(name, e.of(f)));
      return new Arguments(all, byName);
    };
  }
}
