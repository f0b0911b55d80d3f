package dev.proteus.models.llama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.Serializable;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;

/**
 * Rotary position embedding: turns pairs of a head's entries by angles that grow with the position,
 * so that scores depend on distances. Entry i is paired with entry i + d/2.
 *
 * <pre>
 *   y_i       = x_i cos(p f_i) - x_(i+d/2) sin(p f_i)         i &lt; d/2
 *   y_(i+d/2) = x_(i+d/2) cos(p f_i) + x_i sin(p f_i)         f_i = theta^(-2i/d)
 * </pre>
 *
 * <p>The scalings for texts longer than those of the training change the frequencies f: {@code
 * linear} divides all; {@code llama3} divides those of long wavelengths, with a smooth passage;
 * {@code yarn} does so by another rule, and scales the result; {@code dynamic} makes theta larger
 * the longer the text is.
 *
 * @see <a href="https://arxiv.org/abs/2104.09864">RoFormer: Enhanced Transformer with Rotary
 *     Position Embedding</a>
 * @see <a href="https://arxiv.org/abs/2309.00071">YaRN: Efficient Context Window Extension of Large
 *     Language Models</a>
 */
final class Rotary implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final double THETA = 10000;

  private final int dim;
  private final double theta;
  private final int trained;

  /** Of a dynamic scaling; 1 without. */
  private final double growth;

  private final float[] frequencies;
  private final double amplitude;

  /** Angles of a step's positions. */
  record Angles(Tensor cos, Tensor sin) {
    /** Turns queries or keys, [B, H, T, d]. */
    Tensor turn(Tensor x) {
      long half = x.size(3) / 2;
      Tensor turned = Tensor.cat(3, x.narrow(3, half, half).neg(), x.narrow(3, 0, half));
      return x.mul(cos).add(turned.mul(sin));
    }
  }

  /**
   * @throws IllegalArgumentException naming a scaling that is not known, or a key that it lacks
   */
  Rotary(LlamaConfig c) {
    Parameters p = Parameters.of(c);
    dim = c.headWidth();
    theta = p.number("rope_theta", c.ropeTheta() == null ? THETA : c.ropeTheta());
    trained = c.maxPositionEmbeddings();
    if (p.number("partial_rotary_factor", 1) != 1) {
      throw new IllegalArgumentException(
          "config.json: partial_rotary_factor is not implemented for this family");
    }
    String type = p.type();
    growth = type.equals("dynamic") ? p.number("factor") : 1;
    double original = p.number("original_max_position_embeddings", trained);
    float[] plain = plain(theta);
    frequencies =
        switch (type) {
          case "default", "dynamic" -> plain;
          case "linear" -> map(plain, f -> f / p.number("factor"));
          case "llama3" ->
              map(
                  plain,
                  f ->
                      llama3(
                          f,
                          p.number("factor"),
                          original * f / (2 * Math.PI),
                          p.number("low_freq_factor"),
                          p.number("high_freq_factor")));
          case "yarn" -> yarn(plain, p, original);
          default ->
              throw new IllegalArgumentException(
                  "config.json: unknown rope_type '"
                      + type
                      + "'; known: default, dynamic, linear, llama3, yarn");
        };
    amplitude = type.equals("yarn") ? amplitude(p, p.number("factor")) : 1;
  }

  /** theta^(-2i/d), in the arithmetic of the published implementations: float32. */
  private float[] plain(double base) {
    Tensor exponents = Tensor.arange(dim / 2).mul(2).to(DType.FLOAT32).div((double) dim);
    return Tensor.scalar(base).pow(exponents).reciprocal().toFloats();
  }

  private static float[] map(float[] f, DoubleUnaryOperator g) {
    float[] out = new float[f.length];
    for (int i = 0; i < f.length; i++) {
      out[i] = (float) g.applyAsDouble(f[i]);
    }
    return out;
  }

  /**
   * @param turns of the frequency within the texts of the training
   */
  private static double llama3(double f, double factor, double turns, double low, double high) {
    if (turns < low) {
      return f / factor;
    }
    double smooth = Math.min(1, (turns - low) / (high - low));
    return (1 - smooth) * f / factor + smooth * f;
  }

  private float[] yarn(float[] plain, Parameters p, double original) {
    // The index of the frequency that turns so often within the texts of the training.
    DoubleUnaryOperator index =
        turns -> dim * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    double fast = index.applyAsDouble(p.number("beta_fast", 32));
    double slow = index.applyAsDouble(p.number("beta_slow", 1));
    boolean whole = p.node.path("truncate").asBoolean(true);
    double from = Math.max(whole ? Math.floor(fast) : fast, 0);
    double to = Math.min(whole ? Math.ceil(slow) : slow, dim - 1.0);
    double width = from == to ? 1e-3 : to - from;
    IntToDoubleFunction divided = i -> Math.max(0, Math.min(1, (i - from) / width));
    double factor = p.number("factor");
    float[] out = new float[plain.length];
    for (int i = 0; i < out.length; i++) {
      double share = divided.applyAsDouble(i);
      out[i] = (float) (plain[i] * (share / factor + 1 - share));
    }
    return out;
  }

  private static double amplitude(Parameters p, double factor) {
    double numerator = p.number("mscale", 0);
    double denominator = p.number("mscale_all_dim", 0);
    double otherwise =
        numerator != 0 && denominator != 0
            ? temperature(factor, numerator) / temperature(factor, denominator)
            : temperature(factor, 1);
    return p.number("attention_factor", otherwise);
  }

  private static double temperature(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  /** The angles of positions int64 [1 or B, T], as [1 or B, 1, T, d]. */
  Angles angles(Tensor positions, DType type) {
    Tensor f = Tensor.of(frequencies(positions), dim / 2).to(positions.device());
    Tensor half = positions.to(DType.FLOAT32).unsqueeze(-1).mul(f);
    Tensor all = Tensor.cat(-1, half, half).unsqueeze(1);
    return new Angles(all.cos().mul(amplitude).to(type), all.sin().mul(amplitude).to(type));
  }

  private float[] frequencies(Tensor positions) {
    if (growth == 1) {
      return frequencies;
    }
    long length = positions.amax().itemLong() + 1;
    if (length <= trained) {
      return frequencies;
    }
    double longer = growth * length / trained - (growth - 1);
    return plain(theta * Math.pow(longer, dim / (dim - 2.0)));
  }

  /** The rotary part of a configuration, of any version. */
  private record Parameters(ObjectNode node) {
    static Parameters of(LlamaConfig c) {
      ObjectNode node =
          c.ropeScaling() instanceof ObjectNode scaling
              ? scaling
              : c.ropeParameters() instanceof ObjectNode parameters
                  ? parameters
                  : JsonNodeFactory.instance.objectNode();
      for (JsonNode value : node) {
        if (value.isObject()) {
          throw new IllegalArgumentException(
              "config.json: rope_parameters of their own for kinds of layers are not implemented");
        }
      }
      return new Parameters(node);
    }

    String type() {
      return node.path("rope_type").asText(node.path("type").asText("default"));
    }

    double number(String key, double otherwise) {
      JsonNode value = node.path(key);
      return value.isNumber() ? value.asDouble() : otherwise;
    }

    double number(String key) {
      JsonNode value = node.path(key);
      if (!value.isNumber()) {
        throw new IllegalArgumentException(
            "config.json: rope_type '" + type() + "' needs a number '" + key + "', got " + node);
      }
      return value.asDouble();
    }
  }
}
