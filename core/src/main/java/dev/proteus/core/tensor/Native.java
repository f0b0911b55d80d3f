package dev.proteus.core.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.TensorVector;

/** Operators that the binding does not name, through the engine's dispatcher; and its errors. */
public final class Native {
  private Native() {}

  /**
   * Calls an operator by its registered name.
   *
   * @param op the name with its namespace, such as {@code aten::_fused_adamw_}
   * @param overload the overload's name, empty for the default one
   * @param args in the schema's order: Tensor, {@code List<Tensor>}, Double, Long, Boolean, String
   *     or null (none)
   * @return the tensors that it returns, possibly none
   */
  public static List<Tensor> call(String op, String overload, Object... args) {
    Engine.load();
    try (IValueVector stack = new IValueVector()) {
      for (Object a : args) {
        stack.push_back(value(a));
      }
      Dispatcher.singleton().findSchemaOrThrow(op, overload).callBoxed(stack);
      List<Tensor> out = new ArrayList<>();
      for (long i = 0; i < stack.size(); i++) {
        IValue v = stack.get(i);
        if (v.isTensor()) {
          out.add(Tensor.own(v.toTensor()));
        }
      }
      return out;
    } catch (RuntimeException e) {
      throw failure(
          op,
          e,
          Arrays.stream(args)
              .filter(Tensor.class::isInstance)
              .map(Tensor.class::cast)
              .toArray(Tensor[]::new));
    }
  }

  private static IValue value(Object a) {
    if (a == null) {
      return new IValue();
    } else if (a instanceof Tensor t) {
      return new IValue(t.h());
    } else if (a instanceof Double d) {
      return new IValue(d.doubleValue());
    } else if (a instanceof Long l) {
      return new IValue(l.longValue());
    } else if (a instanceof Boolean b) {
      return new IValue(b.booleanValue());
    } else if (a instanceof String s) {
      return new IValue(s);
    } else if (a instanceof List<?> list) {
      TensorVector v = new TensorVector();
      list.forEach(t -> v.push_back(((Tensor) t).h()));
      return new IValue(v);
    }
    throw new IllegalArgumentException(
        "cannot pass a " + a.getClass().getName() + " to an operator");
  }

  /** The exception for a refused operation: its name, its operands, the engine's first line. */
  static RuntimeException failure(String op, RuntimeException e, Tensor... operands) {
    if (e instanceof TensorException || e instanceof IllegalStateException) {
      return e;
    }
    String said = e.getMessage() == null ? e.toString() : e.getMessage();
    int end = said.indexOf('\n');
    String line = end < 0 ? said : said.substring(0, end);
    String shapes =
        Arrays.stream(operands)
            .map(t -> t == null ? "none" : t.describe())
            .collect(Collectors.joining(", "));
    return new TensorException(op + "(" + shapes + "): " + line, e);
  }
}
