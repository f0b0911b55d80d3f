package dev.proteus.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Values of networks that are too large to be stored, as {@code reference/make_vision_fixtures.py}
 * gives them: u = |frac(43758.5453 sin(12.9898 i + 78.233 k))| for element i = 1, 2, … of the k-th
 * tensor, scaled by what the tensor is.
 */
final class Formula {
  private Formula() {}

  /** The tensors that a fixture names. */
  static Map<String, Tensor> state(Fixture f) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (JsonNode entry : json(f.metadata("state"))) {
      String name = entry.get(0).asText();
      long[] shape = new long[entry.get(1).size()];
      Arrays.setAll(shape, d -> entry.get(1).get(d).asLong());
      state.put(name, of(state.size(), name, shape));
    }
    return state;
  }

  /** The input of a fixture. */
  static Tensor images(Fixture f) {
    long size = Long.parseLong(f.metadata("size"));
    return of(-1, "weight", 2, 3, size, size);
  }

  private static Tensor of(int k, String name, long... shape) {
    long n = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    Tensor i = Tensor.arange(n).to(DType.FLOAT64).add(1);
    Tensor wave = i.mul(12.9898).add(78.233 * k).sin().mul(43758.5453);
    Tensor u = wave.sub(wave.trunc()).abs();
    if (shape.length > 1) {
      u = u.sub(0.5).mul(Math.sqrt(24.0 * shape[0] / n));
    } else if (name.endsWith("weight") || name.endsWith("running_var")) {
      u = u.add(0.5);
    } else {
      u = u.sub(0.5);
    }
    return u.reshape(shape).to(DType.FLOAT32);
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
