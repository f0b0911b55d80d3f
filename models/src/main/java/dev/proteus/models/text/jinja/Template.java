package dev.proteus.models.text.jinja;

import dev.proteus.models.text.jinja.Expressions.Expression;
import dev.proteus.models.text.jinja.Lexer.Kind;
import dev.proteus.models.text.jinja.Lexer.Piece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A template in Jinja, as far as chat templates need it: {@code if}, {@code for} with {@code break}
 * and {@code continue}, {@code set}, expressions, and the functions, filters and tests of {@link
 * Functions}. Anything else is refused when the template is read.
 *
 * @see <a href="https://jinja.palletsprojects.com/en/stable/templates/">Template Designer
 *     Documentation</a>
 */
public final class Template {
  private static final Set<String> TRANSPARENT = Set.of("generation", "endgeneration");

  /** A part of the template. */
  private interface Node {
    void write(Frame f, StringBuilder out);
  }

  /** How {@code break} and {@code continue} leave the statements of a loop. */
  private static final class Leave extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The whole loop, not only this round. */
    private final boolean loop;

    Leave(boolean loop) {
      super(null, null, false, false);
      this.loop = loop;
    }
  }

  private final List<Piece> pieces;
  private final Node root;
  private int at;

  private Template(String source) {
    pieces = Lexer.pieces(source);
    root = block();
    if (at < pieces.size()) {
      throw wrong("belongs to nothing");
    }
  }

  /**
   * Reads a template.
   *
   * @throws JinjaException naming the line, if it is wrong or uses what is not known here
   */
  public static Template parse(String source) {
    return new Template(source);
  }

  /**
   * Fills the template in.
   *
   * @param variables with strings, numbers (Long, Double), booleans, lists and maps of these
   * @throws JinjaException if the template raises an error itself, or cannot be carried out
   */
  public String render(Map<String, Object> variables) {
    Frame globals = new Frame(null);
    Functions.define(globals);
    variables.forEach(globals::set);
    StringBuilder out = new StringBuilder();
    root.write(new Frame(globals), out);
    return out.toString();
  }

  // ---- reading ----

  /** All up to a statement that ends or divides the block that it is in. */
  private Node block(String... until) {
    List<Node> nodes = new ArrayList<>();
    while (at < pieces.size() && !Arrays.asList(until).contains(keyword())) {
      Piece p = pieces.get(at);
      if (p.kind() == Kind.TEXT) {
        at++;
        nodes.add((f, out) -> out.append(p.text()));
      } else if (p.kind() == Kind.EXPRESSION) {
        at++;
        Expressions words = new Expressions(p.words(), p.line());
        Expression e = words.expression();
        words.end();
        nodes.add((f, out) -> out.append(Values.text(e.of(f))));
      } else {
        nodes.add(statement());
      }
    }
    return (f, out) -> nodes.forEach(n -> n.write(f, out));
  }

  /** The first word of a statement; empty for other pieces. */
  private String keyword() {
    Piece p = pieces.get(at);
    return p.kind() != Kind.STATEMENT || p.words().isEmpty() ? "" : p.words().get(0).text();
  }

  private JinjaException wrong(String why) {
    return new JinjaException(
        "line %d: the statement '%s' %s".formatted(pieces.get(at).line(), keyword(), why));
  }

  /** The words of the present statement after its keyword. */
  private Expressions next() {
    Piece p = pieces.get(at++);
    return new Expressions(p.words().subList(1, p.words().size()), p.line());
  }

  /** Takes a statement without more words. */
  private void take(String keyword) {
    if (at == pieces.size() || !keyword().equals(keyword)) {
      throw new JinjaException("the statement '" + keyword + "' is missing");
    }
    next().end();
  }

  private Node statement() {
    String keyword = keyword();
    if (TRANSPARENT.contains(keyword)) {
      take(keyword);
      return (f, out) -> {};
    }
    return switch (keyword) {
      case "if" -> condition();
      case "for" -> loop();
      case "set" -> assignment();
      case "break" -> leave(true);
      case "continue" -> leave(false);
      case "elif", "else", "endif", "endfor", "endset" -> throw wrong("belongs to nothing");
      default -> throw wrong("is not known here");
    };
  }

  private Node leave(boolean loop) {
    next().end();
    return (f, out) -> {
      throw new Leave(loop);
    };
  }

  private Node condition() {
    Expressions words = next();
    Expression condition = words.expression();
    words.end();
    Node then = block("elif", "else", "endif");
    Node otherwise;
    if (at < pieces.size() && keyword().equals("elif")) {
      otherwise = condition(); // which takes the endif, too
    } else {
      otherwise = (f, out) -> {};
      if (at < pieces.size() && keyword().equals("else")) {
        take("else");
        otherwise = block("endif");
      }
      take("endif");
    }
    Node not = otherwise;
    return (f, out) -> (Values.truth(condition.of(f)) ? then : not).write(f, out);
  }

  private Node assignment() {
    Expressions words = next();
    String name = words.name();
    String attribute = words.take(".") ? words.name() : null;
    if (words.isOver()) {
      Node body = block("endset");
      take("endset");
      return (f, out) -> {
        StringBuilder text = new StringBuilder();
        body.write(new Frame(f), text);
        assign(f, name, attribute, text.toString());
      };
    }
    words.expect("=");
    Expression value = words.expression();
    words.end();
    return (f, out) -> assign(f, name, attribute, value.of(f));
  }

  @SuppressWarnings("unchecked") // a namespace, which Functions made
  private static void assign(Frame f, String name, String attribute, Object value) {
    if (attribute == null) {
      f.set(name, value);
    } else if (f.get(name) instanceof Map<?, ?> m) {
      ((Map<Object, Object>) m).put(attribute, value);
    } else {
      throw new JinjaException("'" + name + "' is no namespace");
    }
  }

  private Node loop() {
    Expressions words = next();
    List<String> names = new ArrayList<>();
    do {
      names.add(words.name());
    } while (words.take(","));
    words.expect("in");
    Expression over = words.or();
    Expression condition = words.take("if") ? words.expression() : null;
    words.end();
    Node body = block("else", "endfor");
    Node none = (f, out) -> {};
    if (at < pieces.size() && keyword().equals("else")) {
      take("else");
      none = block("endfor");
    }
    take("endfor");
    Node empty = none;
    return (f, out) -> {
      List<Object> all = Functions.list(over.of(f));
      if (condition != null) {
        all.removeIf(e -> !Values.truth(condition.of(round(f, names, e))));
      }
      if (all.isEmpty()) {
        empty.write(f, out);
      }
      rounds(f, names, all, body, out);
    };
  }

  private static void rounds(
      Frame f, List<String> names, List<Object> all, Node body, StringBuilder out) {
    for (int i = 0; i < all.size(); i++) {
      Frame round = round(f, names, all.get(i));
      round.set("loop", position(all, i));
      try {
        body.write(round, out);
      } catch (Leave leave) {
        if (leave.loop) {
          return;
        }
      }
    }
  }

  private static Frame round(Frame f, List<String> names, Object element) {
    Frame round = new Frame(f);
    if (names.size() == 1) {
      round.set(names.get(0), element);
    } else {
      List<Object> parts = Functions.list(element);
      for (int i = 0; i < names.size(); i++) {
        round.set(names.get(i), parts.get(i));
      }
    }
    return round;
  }

  private static Map<String, Object> position(List<Object> all, int i) {
    Map<String, Object> loop = new LinkedHashMap<>();
    int n = all.size();
    loop.put("index", i + 1L);
    loop.put("index0", (long) i);
    loop.put("revindex", (long) n - i);
    loop.put("revindex0", n - i - 1L);
    loop.put("first", i == 0);
    loop.put("last", i == n - 1);
    loop.put("length", (long) n);
    loop.put("previtem", i == 0 ? Values.UNDEFINED : all.get(i - 1));
    loop.put("nextitem", i == n - 1 ? Values.UNDEFINED : all.get(i + 1));
    return loop;
  }
}
