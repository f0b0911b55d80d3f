package dev.proteus.models.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into text, expressions and statements, and these into words.
 *
 * <p>White space goes as in transformers (Jinja's trim_blocks and lstrip_blocks): a line break
 * right after a statement and the white space between the start of a line and a statement are left
 * out; a minus at a tag takes all white space on its side, a plus none.
 */
final class Lexer {
  private static final Pattern WORD =
      Pattern.compile(
          "\\s*(?:(?<string>'(?:\\\\.|[^'\\\\])*'|\"(?:\\\\.|[^\"\\\\])*\")"
              + "|(?<number>\\d+(?:\\.\\d+)?)|(?<name>[A-Za-z_]\\w*)"
              + "|(?<sign>==|!=|<=|>=|//|\\*\\*|[-+*/%~<>=|.,:()\\[\\]{}]))",
          Pattern.DOTALL);

  /** What a piece of the template is. */
  enum Kind {
    TEXT,
    EXPRESSION,
    STATEMENT
  }

  /**
   * A piece of the template.
   *
   * @param text of a TEXT
   * @param words of the others
   */
  record Piece(Kind kind, String text, List<Word> words, int line) {}

  /** What a word is. */
  enum Type {
    STRING,
    NUMBER,
    NAME,
    SIGN
  }

  /**
   * A word in a tag.
   *
   * @param text of a string without its quotes
   */
  record Word(Type type, String text) {}

  private final String source;
  private final List<Piece> pieces = new ArrayList<>();
  private int at;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Piece> pieces(String template) {
    // Jinja reads every line break as \n, and drops one at the very end.
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    Lexer lexer =
        new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
    lexer.run();
    return lexer.pieces;
  }

  private void run() {
    boolean trim = false; // all white space after the last tag
    while (at < source.length()) {
      int tag = nextTag();
      int end = tag < 0 ? source.length() : tag;
      String text = source.substring(at, end);
      if (trim) {
        text = text.stripLeading();
      }
      if (tag < 0) {
        text(text);
        return;
      }
      char kind = source.charAt(tag + 1);
      int open = tag + 2;
      char mark = open < source.length() ? source.charAt(open) : ' ';
      if (mark == '-') {
        text = text.stripTrailing();
        open++;
      } else if (mark == '+') {
        open++;
      } else if (kind != '{') {
        text = withoutIndent(text, tag);
      }
      text(text);
      trim = tag(kind, open);
    }
  }

  private int nextTag() {
    for (int i = at; i + 1 < source.length(); i++) {
      if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** White space back to the start of the tag's line, if there is nothing else. */
  private String withoutIndent(String text, int tag) {
    int start = source.lastIndexOf('\n', tag - 1) + 1;
    return source.substring(start, tag).isBlank()
        ? text.substring(0, Math.max(0, text.length() - (tag - start)))
        : text;
  }

  private void text(String text) {
    if (!text.isEmpty()) {
      pieces.add(new Piece(Kind.TEXT, text, List.of(), line(at)));
    }
  }

  /** Reads a tag; whether it takes all white space after it. */
  private boolean tag(char kind, int open) {
    String close = kind == '{' ? "}}" : kind + "}";
    List<Word> words = new ArrayList<>();
    int end = open;
    if (kind == '#') {
      end = source.indexOf(close, open);
    } else {
      Matcher m = WORD.matcher(source);
      while (!closes(end, close)) {
        m.region(end, source.length());
        if (!m.lookingAt()) {
          throw new JinjaException(
              "line " + line(open) + ": cannot read " + excerpt(source.substring(end)));
        }
        words.add(word(m));
        end = m.end();
      }
      end = source.indexOf(close, end);
    }
    if (end < 0) {
      throw new JinjaException("line " + line(open) + ": a tag is not closed");
    }
    boolean trim = source.charAt(end - 1) == '-' && end > open;
    boolean keep = source.charAt(end - 1) == '+';
    at = end + 2;
    if (kind != '{' && !trim && !keep && at < source.length() && source.charAt(at) == '\n') {
      at++;
    }
    if (kind != '#') {
      pieces.add(
          new Piece(
              kind == '{' ? Kind.EXPRESSION : Kind.STATEMENT, "", List.copyOf(words), line(open)));
    }
    return trim;
  }

  /** Whether only white space and a mark are left before the end of the tag. */
  private boolean closes(int from, String close) {
    int i = from;
    while (i < source.length() && Character.isWhitespace(source.charAt(i))) {
      i++;
    }
    if (i >= source.length()) {
      throw new JinjaException("line " + line(from) + ": a tag is not closed");
    }
    boolean marked = "-+".indexOf(source.charAt(i)) >= 0 && source.startsWith(close, i + 1);
    return marked || source.startsWith(close, i);
  }

  private static Word word(Matcher m) {
    if (m.group("string") != null) {
      String quoted = m.group("string");
      return new Word(Type.STRING, unescaped(quoted.substring(1, quoted.length() - 1)));
    }
    if (m.group("number") != null) {
      return new Word(Type.NUMBER, m.group("number"));
    }
    return m.group("name") != null
        ? new Word(Type.NAME, m.group("name"))
        : new Word(Type.SIGN, m.group("sign"));
  }

  private static String unescaped(String s) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      if (c != '\\' || i + 1 == s.length()) {
        out.append(c);
        continue;
      }
      char e = s.charAt(++i);
      switch (e) {
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        case '\\', '\'', '"' -> out.append(e);
        case 'u' -> {
          out.append((char) Integer.parseInt(s.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> out.append('\\').append(e);
      }
    }
    return out.toString();
  }

  private int line(int position) {
    return 1 + (int) source.substring(0, position).chars().filter(c -> c == '\n').count();
  }

  private static String excerpt(String rest) {
    return "'" + rest.strip().lines().findFirst().orElse("") + "'";
  }
}
