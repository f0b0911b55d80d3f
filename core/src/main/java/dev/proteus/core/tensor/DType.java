package dev.proteus.core.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element type of a tensor; the safetensors name is the one that files use. */
public enum DType {
  FLOAT64("F64", 8, true),
  FLOAT32("F32", 4, true),
  FLOAT16("F16", 2, true),
  BFLOAT16("BF16", 2, true),
  FLOAT8_E4M3("F8_E4M3", 1, true),
  FLOAT8_E5M2("F8_E5M2", 1, true),
  INT64("I64", 8, false),
  INT32("I32", 4, false),
  INT16("I16", 2, false),
  INT8("I8", 1, false),
  UINT8("U8", 1, false),
  UINT16("U16", 2, false),
  UINT32("U32", 4, false),
  UINT64("U64", 8, false),
  BOOL("BOOL", 1, false);

  private final String safetensorsName;
  private final int bytes;
  private final boolean floating;

  DType(String safetensorsName, int bytes, boolean floating) {
    this.safetensorsName = safetensorsName;
    this.bytes = bytes;
    this.floating = floating;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  public boolean isFloating() {
    return floating;
  }

  /** Name in a safetensors header, such as {@code BF16}. */
  public String safetensorsName() {
    return safetensorsName;
  }

  /**
   * The type with this safetensors name.
   *
   * @throws IllegalArgumentException naming the known types, if there is none
   */
  public static DType ofSafetensors(String name) {
    for (DType t : values()) {
      if (t.safetensorsName.equals(name)) {
        return t;
      }
    }
    String known =
        Arrays.stream(values()).map(DType::safetensorsName).collect(Collectors.joining(", "));
    throw new IllegalArgumentException("unknown dtype '" + name + "'; known: " + known);
  }

  /** The engine's type; a switch, so that the enum itself loads without natives. */
  ScalarType scalarType() {
    return switch (this) {
      case FLOAT64 -> ScalarType.Double;
      case FLOAT32 -> ScalarType.Float;
      case FLOAT16 -> ScalarType.Half;
      case BFLOAT16 -> ScalarType.BFloat16;
      case FLOAT8_E4M3 -> ScalarType.Float8_e4m3fn;
      case FLOAT8_E5M2 -> ScalarType.Float8_e5m2;
      case INT64 -> ScalarType.Long;
      case INT32 -> ScalarType.Int;
      case INT16 -> ScalarType.Short;
      case INT8 -> ScalarType.Char;
      case UINT8 -> ScalarType.Byte;
      case UINT16 -> ScalarType.UInt16;
      case UINT32 -> ScalarType.UInt32;
      case UINT64 -> ScalarType.UInt64;
      case BOOL -> ScalarType.Bool;
    };
  }

  static DType of(ScalarType type) {
    return switch (type.intern()) {
      case Double -> FLOAT64;
      case Float -> FLOAT32;
      case Half -> FLOAT16;
      case BFloat16 -> BFLOAT16;
      case Float8_e4m3fn -> FLOAT8_E4M3;
      case Float8_e5m2 -> FLOAT8_E5M2;
      case Long -> INT64;
      case Int -> INT32;
      case Short -> INT16;
      case Char -> INT8;
      case Byte -> UINT8;
      case UInt16 -> UINT16;
      case UInt32 -> UINT32;
      case UInt64 -> UINT64;
      case Bool -> BOOL;
      default -> throw new TensorException("element type " + type + " is not supported");
    };
  }
}
