package dev.proteus.core.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.FloatType;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.IntType;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Type;

/** Operators that the binding does not name, through the engine's dispatcher; and its errors. */
public final class Native {
  private Native() {}

  /**
   * Calls an operator by its registered name.
   *
   * @param op the name with its namespace, such as {@code aten::_fused_adamw_}
   * @param overload the overload's name, empty for the default one
   * @param args in the schema's order: Tensor, {@code List<Tensor>}, Double, {@code double[]},
   *     Long, {@code long[]}, Boolean, String or null (none)
   * @return the tensors that it returns, those of lists one by one; possibly none
   */
  public static List<Tensor> call(String op, String overload, Object... args) {
    Engine.load();
    try (IValueVector stack = new IValueVector()) {
      // A list argument is thousands of values: freed here, and not when the step's scope closes.
      try (PointerScope values = new PointerScope()) {
        for (Object a : args) {
          stack.push_back(value(a));
        }
        Dispatcher.singleton().findSchemaOrThrow(op, overload).callBoxed(stack);
      }
      List<Tensor> out = new ArrayList<>();
      for (long i = 0; i < stack.size(); i++) {
        IValue v = stack.get(i);
        if (v.isTensor()) {
          out.add(Tensor.own(v.toTensor()));
        } else if (v.isTensorList()) {
          TensorVector list = v.toTensorVector();
          for (long k = 0; k < list.size(); k++) {
            out.add(Tensor.own(list.get(k)));
          }
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
    } else if (a instanceof List<?> tensors) {
      return list(TensorType.get(), tensors.stream());
    } else if (a instanceof double[] doubles) {
      return list(FloatType.getFloatTypePtr().get(), Arrays.stream(doubles).boxed());
    } else if (a instanceof long[] longs) {
      return list(IntType.getIntTypePtr().get(), Arrays.stream(longs).boxed());
    }
    throw new IllegalArgumentException(
        "cannot pass a " + a.getClass().getName() + " to an operator");
  }

  private static IValue list(Type elements, Stream<?> values) {
    GenericList list = new GenericList(new Type.TypePtr(elements));
    values.forEach(
        v -> {
          try (IValue element = value(v)) {
            list.push_back(element);
          }
        });
    return new IValue(list);
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
