package dev.proteus.core.io;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a pickle of plain data. A pickle is a program for a stack machine that may call anything in
 * Python; this machine knows the instructions that make numbers, strings, lists, tuples and
 * dictionaries, and calls only what its {@link Globals} know. Everything else is refused.
 *
 * <p>Python's values become Long, Double, Boolean, String, null, {@link List}, {@link Tuple} and
 * {@link Map}.
 *
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the
 *     instructions</a>
 */
final class Pickle {
  /** What a pickle may name and call. */
  interface Globals {
    /** True if {@code module.name} may be named. */
    boolean knows(String global);

    /**
     * The result of a call.
     *
     * @throws IOException saying why not, without the file
     */
    Object call(String global, List<Object> args) throws IOException;

    /** The object of an id. */
    Object persistent(List<Object> id) throws IOException;
  }

  /** Python's tuple. */
  record Tuple(List<Object> values) {}

  /** Something that the pickle named, to be called or passed on. */
  record Global(String name) {}

  private static final int NEWEST_PROTOCOL = 5;

  /** Names of instructions that a pickle of plain data does not need. */
  private static final Map<Integer, String> REFUSED =
      Map.of(
          0x81,
          "NEWOBJ",
          0x92,
          "NEWOBJ_EX",
          (int) 'i',
          "INST",
          (int) 'o',
          "OBJ",
          (int) 'P',
          "PERSID",
          0x82,
          "EXT1",
          0x83,
          "EXT2",
          0x84,
          "EXT4",
          0x97,
          "NEXT_BUFFER");

  private final Path file;
  private final ByteBuffer in;
  private final Globals globals;
  private final List<Object> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  private Pickle(Path file, ByteBuffer in, Globals globals) {
    this.file = file;
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.globals = globals;
  }

  /**
   * Runs a pickle.
   *
   * @throws IOException naming the file, the byte, and the instruction or global that is refused
   */
  static Object read(Path file, ByteBuffer pickle, Globals globals) throws IOException {
    Pickle p = new Pickle(file, pickle, globals);
    try {
      while (p.step()) {
        // until STOP
      }
      return p.pop();
    } catch (BufferUnderflowException
        | IndexOutOfBoundsException
        | ClassCastException
        | NullPointerException e) {
      // The end of the data, an empty stack, and operands of other kinds, None among them.
      throw p.wrong("it is damaged", e);
    }
  }

  /** Runs one instruction; false after the last. */
  private boolean step() throws IOException {
    int opcode = in.get() & 0xff;
    switch (opcode) {
      case 0x80 -> { // PROTO
        int version = in.get();
        if (version < 2 || version > NEWEST_PROTOCOL) {
          throw wrong("pickle protocol " + version + " is not known", null);
        }
      }
      case 0x95 -> in.getLong(); // FRAME
      case '.' -> { // STOP
        return false;
      }
      case '(' -> marks.add(stack.size());
      case 'N' -> stack.add(null);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'J' -> stack.add((long) in.getInt());
      case 'K' -> stack.add(in.get() & 0xffL);
      case 'M' -> stack.add(in.getShort() & 0xffffL);
      case 0x8a -> stack.add(longNumber(in.get() & 0xff));
      case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      case 'X' -> stack.add(text(in.getInt() & 0xffffffffL));
      case 0x8c -> stack.add(text(in.get() & 0xff));
      case '}' -> stack.add(new LinkedHashMap<>());
      case ']' -> stack.add(new ArrayList<>());
      case ')' -> stack.add(new Tuple(List.of()));
      case 't' -> stack.add(new Tuple(marked()));
      case 0x85, 0x86, 0x87 -> stack.add(new Tuple(top(opcode - 0x84)));
      case 'a' -> {
        Object value = pop();
        list().add(value);
      }
      case 'e' -> {
        List<Object> values = marked();
        list().addAll(values);
      }
      case 's' -> {
        List<Object> pair = top(2);
        put(pair);
      }
      case 'u' -> put(marked());
      case 'q' -> memo.put(in.get() & 0xffL, peek());
      case 'r' -> memo.put(in.getInt() & 0xffffffffL, peek());
      case 0x94 -> memo.put((long) memo.size(), peek());
      case 'h' -> stack.add(remembered(in.get() & 0xffL));
      case 'j' -> stack.add(remembered(in.getInt() & 0xffffffffL));
      case 'c' -> stack.add(global(line() + "." + line()));
      case 0x93 -> {
        List<Object> names = top(2);
        stack.add(global(names.get(0) + "." + names.get(1)));
      }
      case 'R' -> call();
      case 'b' -> { // BUILD: attributes of a dictionary are not data
        Object state = pop();
        if (!(peek() instanceof Map) || !(state instanceof Map)) {
          throw wrong("it sets the state of an object that is not a dictionary", null);
        }
      }
      case 'Q' -> stack.add(named(() -> globals.persistent(((Tuple) pop()).values())));
      default ->
          throw wrong(
              "instruction "
                  + REFUSED.getOrDefault(opcode, "0x" + Integer.toHexString(opcode))
                  + " is refused: a file of tensors does not need it",
              null);
    }
    return true;
  }

  private Global global(String name) throws IOException {
    if (!globals.knows(name)) {
      throw wrong(
          "it wants '"
              + HeaderReader.shown(name)
              + "', which is refused: a file of tensors does not need it",
          null);
    }
    return new Global(name);
  }

  private void call() throws IOException {
    List<Object> args = ((Tuple) pop()).values();
    String callee = ((Global) pop()).name();
    stack.add(named(() -> globals.call(callee, args)));
  }

  private interface Call {
    Object get() throws IOException;
  }

  private Object named(Call call) throws IOException {
    try {
      return call.get();
    } catch (IOException e) {
      throw wrong(e.getMessage(), e);
    }
  }

  // ---- the stack ----

  private Object pop() {
    // Below a mark is what the mark's owner will take.
    if (!marks.isEmpty() && stack.size() <= marks.get(marks.size() - 1)) {
      throw new IndexOutOfBoundsException();
    }
    return stack.remove(stack.size() - 1);
  }

  private Object peek() {
    return stack.get(stack.size() - 1);
  }

  /** Takes the last n. */
  private List<Object> top(int n) {
    List<Object> values = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      values.add(pop());
    }
    Collections.reverse(values);
    return values;
  }

  /** Takes all since the last mark. */
  private List<Object> marked() {
    int from = marks.remove(marks.size() - 1);
    List<Object> tail = stack.subList(from, stack.size());
    List<Object> values = new ArrayList<>(tail);
    tail.clear();
    return values;
  }

  @SuppressWarnings("unchecked")
  private List<Object> list() {
    return (List<Object>) peek();
  }

  @SuppressWarnings("unchecked")
  private void put(List<Object> keysAndValues) throws IOException {
    Map<Object, Object> into = (Map<Object, Object>) peek();
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Object key = keysAndValues.get(i);
      // Others could hold themselves, and their hash would never end.
      if (!(key instanceof String) && !(key instanceof Long)) {
        throw wrong("a key of a dictionary is neither a string nor a whole number", null);
      }
      into.put(key, keysAndValues.get(i + 1));
    }
  }

  private Object remembered(long index) throws IOException {
    if (!memo.containsKey(index)) {
      throw wrong("it refers to object " + index + ", which it has not made", null);
    }
    return memo.get(index);
  }

  // ---- values ----

  private long longNumber(int bytes) throws IOException {
    if (bytes > Long.BYTES) {
      throw wrong("a number has " + bytes + " bytes", null);
    }
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      long b = i == bytes - 1 ? in.get() : in.get() & 0xff; // the last one has the sign
      value |= b << (8 * i);
    }
    return value;
  }

  private String text(long bytes) throws IOException {
    if (bytes > in.remaining()) {
      throw wrong("a string of " + bytes + " bytes, but only " + in.remaining() + " follow", null);
    }
    ByteBuffer utf8 = in.slice(in.position(), (int) bytes);
    in.position(in.position() + (int) bytes);
    return StandardCharsets.UTF_8.decode(utf8).toString();
  }

  private String line() {
    int from = in.position();
    while (in.get() != '\n') {
      // to the end of the line
    }
    return StandardCharsets.UTF_8.decode(in.slice(from, in.position() - 1 - from)).toString();
  }

  private IOException wrong(String what, Throwable cause) {
    return new IOException(file + ": at byte " + in.position() + " of its pickle: " + what, cause);
  }
}
