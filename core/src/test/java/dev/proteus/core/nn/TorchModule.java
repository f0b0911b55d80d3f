package dev.proteus.core.nn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** Our layer for a torch.nn class and its arguments; each argument must be understood. */
final class TorchModule {
  private final ObjectNode config;

  private TorchModule(JsonNode config) {
    this.config = (ObjectNode) config;
  }

  static Layer layer(Fixture fixture) {
    TorchModule m = new TorchModule(fixture.config());
    Layer layer = m.make(fixture.type());
    if (!m.config.isEmpty()) {
      throw new AssertionError(fixture.type() + ": arguments not used: " + m.config);
    }
    return layer;
  }

  private long n(String key, long otherwise) {
    JsonNode v = config.remove(key);
    return v == null ? otherwise : v.asLong();
  }

  private int i(String key) {
    return (int) n(key, 0);
  }

  private double x(String key, double otherwise) {
    JsonNode v = config.remove(key);
    return v == null ? otherwise : v.asDouble();
  }

  private boolean is(String key, boolean otherwise) {
    JsonNode v = config.remove(key);
    return v == null ? otherwise : v.asBoolean();
  }

  private String s(String key, String otherwise) {
    JsonNode v = config.remove(key);
    return v == null ? otherwise : v.asText();
  }

  private long[] list(String key, long[] otherwise) {
    JsonNode v = config.remove(key);
    if (v == null) {
      return otherwise;
    }
    return v.isArray()
        ? StreamSupport.stream(v.spliterator(), false).mapToLong(JsonNode::asLong).toArray()
        : new long[] {v.asLong()};
  }

  private long[] pair(String key, long... otherwise) {
    long[] v = list(key, otherwise);
    return v.length == 1 ? Conv2d.pair(v[0]) : v;
  }

  private long[] padding(long[] kernel, long[] dilation) {
    if (config.path("padding").isTextual()) {
      config.remove("padding");
      return Conv.same(kernel, dilation);
    }
    return kernel.length == 1 ? list("padding", new long[1]) : pair("padding", 0);
  }

  private PaddingMode mode() {
    return PaddingMode.valueOf(s("padding_mode", "zeros").toUpperCase(java.util.Locale.ROOT));
  }

  private Double momentum() {
    if (config.has("momentum") && config.get("momentum").isNull()) {
      config.remove("momentum");
      return null;
    }
    return x("momentum", 0.1);
  }

  private Layer make(String type) {
    return switch (type) {
      case "Linear" -> new Linear(n("in_features", 0), n("out_features", 0), is("bias", true));
      case "Conv1D" -> new TransposedLinear(n("nx", 0), n("nf", 0));
      case "Conv1d" -> {
        long[] kernel = list("kernel_size", null);
        long dilation = n("dilation", 1);
        yield new Conv1d(
            n("in_channels", 0),
            n("out_channels", 0),
            kernel[0],
            n("stride", 1),
            padding(kernel, new long[] {dilation}),
            dilation,
            n("groups", 1),
            is("bias", true),
            mode());
      }
      case "Conv2d" -> {
        long[] kernel = pair("kernel_size");
        long[] dilation = pair("dilation", 1);
        yield new Conv2d(
            n("in_channels", 0),
            n("out_channels", 0),
            kernel,
            pair("stride", 1),
            padding(kernel, dilation),
            dilation,
            n("groups", 1),
            is("bias", true),
            mode());
      }
      case "ConvTranspose1d" ->
          new ConvTranspose1d(
              n("in_channels", 0),
              n("out_channels", 0),
              n("kernel_size", 0),
              n("stride", 1),
              n("padding", 0),
              n("output_padding", 0),
              n("dilation", 1),
              n("groups", 1),
              is("bias", true));
      case "ConvTranspose2d" ->
          new ConvTranspose2d(
              n("in_channels", 0),
              n("out_channels", 0),
              pair("kernel_size"),
              pair("stride", 1),
              pair("padding", 0),
              pair("output_padding", 0),
              pair("dilation", 1),
              n("groups", 1),
              is("bias", true));
      case "Embedding" ->
          new Embedding(n("num_embeddings", 0), n("embedding_dim", 0), n("padding_idx", -1));
      case "BatchNorm1d" ->
          new BatchNorm1d(
              n("num_features", 0), x("eps", 1e-5), momentum(), is("affine", true), true);
      case "BatchNorm2d" ->
          new BatchNorm2d(
              n("num_features", 0), x("eps", 1e-5), momentum(), is("affine", true), true);
      case "InstanceNorm1d" ->
          new InstanceNorm1d(
              n("num_features", 0),
              1e-5,
              0.1,
              is("affine", false),
              is("track_running_stats", false));
      case "InstanceNorm2d" ->
          new InstanceNorm2d(
              n("num_features", 0),
              1e-5,
              0.1,
              is("affine", false),
              is("track_running_stats", false));
      case "LayerNorm" ->
          new LayerNorm(list("normalized_shape", null), x("eps", 1e-5), true, is("bias", true));
      case "GroupNorm" -> new GroupNorm(n("num_groups", 0), n("num_channels", 0));
      case "RMSNorm" -> new RMSNorm(n("normalized_shape", 0), x("eps", 0));
      case "MaxPool1d" -> new MaxPool1d(n("kernel_size", 0));
      case "MaxPool2d" -> {
        long kernel = n("kernel_size", 0);
        yield new MaxPool2d(kernel, n("stride", kernel), n("padding", 0));
      }
      case "AvgPool1d" -> {
        long kernel = n("kernel_size", 0);
        yield new AvgPool1d(kernel, n("stride", kernel), n("padding", 0));
      }
      case "AvgPool2d" -> {
        long[] kernel = pair("kernel_size");
        yield new AvgPool2d(
            kernel,
            pair("stride", kernel),
            pair("padding", 0),
            false,
            is("count_include_pad", true));
      }
      case "AdaptiveAvgPool1d" -> new AdaptiveAvgPool1d(n("output_size", 0));
      case "AdaptiveAvgPool2d" -> {
        long[] size = pair("output_size");
        yield new AdaptiveAvgPool2d(size[0], size[1]);
      }
      case "AdaptiveMaxPool2d" -> {
        long[] size = pair("output_size");
        yield new AdaptiveMaxPool2d(size[0], size[1]);
      }
      case "MultiheadAttention" -> {
        is("batch_first", false);
        long dim = n("embed_dim", 0);
        yield new MultiheadAttention(
            dim, n("num_heads", 0), n("kdim", dim), n("vdim", dim), true, 0);
      }
      case "LSTM" -> {
        is("batch_first", false);
        yield new LSTM(
            n("input_size", 0),
            n("hidden_size", 0),
            (int) n("num_layers", 1),
            is("bidirectional", false),
            true,
            0);
      }
      case "GRU" -> {
        is("batch_first", false);
        yield new GRU(
            n("input_size", 0),
            n("hidden_size", 0),
            (int) n("num_layers", 1),
            is("bidirectional", false),
            true,
            0);
      }
      case "PixelShuffle" -> new PixelShuffle(n("upscale_factor", 0));
      case "Upsample" -> {
        long factor = n("scale_factor", 0);
        yield s("mode", "").equals("nearest")
            ? Upsample.nearest(factor)
            : Upsample.bilinear(factor, false);
      }
      case "PReLU" -> new PReLU(n("num_parameters", 1));
      default -> type.endsWith("Loss") ? new Loss(type, this) : activation(type);
    };
  }

  private Activation activation(String type) {
    return switch (type) {
      case "ReLU" -> Activation.relu();
      case "ReLU6" -> Activation.relu6();
      case "LeakyReLU" -> Activation.leakyRelu(x("negative_slope", 0.01));
      case "ELU" -> Activation.elu(x("alpha", 1));
      case "SELU" -> Activation.selu();
      case "CELU" -> Activation.celu(x("alpha", 1));
      case "GELU" ->
          s("approximate", "none").equals("tanh") ? Activation.geluTanh() : Activation.gelu();
      case "SiLU" -> Activation.silu();
      case "Mish" -> Activation.mish();
      case "Hardswish" -> Activation.hardswish();
      case "Hardsigmoid" -> Activation.hardsigmoid();
      case "Sigmoid" -> Activation.sigmoid();
      case "Tanh" -> Activation.tanh();
      case "Softplus" -> Activation.softplus();
      case "Softsign" -> Activation.softsign();
      case "Softmax" -> Activation.softmax(i("dim"));
      case "LogSoftmax" -> Activation.logSoftmax(i("dim"));
      case "GLU" -> Activation.glu(i("dim"));
      default -> throw new AssertionError("no layer of ours for torch.nn." + type);
    };
  }

  /** All results of a layer for all its inputs. */
  static List<Tensor> call(Layer layer, List<Tensor> in, String names) {
    if (layer instanceof Loss loss) {
      return List.of(loss.of(in.get(0), in.get(1)));
    } else if (layer instanceof MultiheadAttention m && in.size() > 1) {
      Tensor last = in.size() > 3 ? in.get(3) : null;
      boolean padding = names.contains("key_padding_mask");
      return List.of(
          m.attend(in.get(0), in.get(1), in.get(2), padding ? null : last, padding ? last : null));
    } else if (layer instanceof RecurrentLayer r) {
      F.Recurrent out =
          in.size() == 1
              ? r.run(in.get(0))
              : r instanceof LSTM lstm
                  ? lstm.run(in.get(0), in.get(1), in.get(2))
                  : ((GRU) r).run(in.get(0), in.get(1));
      List<Tensor> all = new ArrayList<>(List.of(out.output(), out.hidden()));
      if (out.cell() != null) {
        all.add(out.cell());
      }
      return all;
    }
    return List.of(layer.forward(in.get(0)));
  }

  private static final class Loss extends Layer {
    private static final long serialVersionUID = 1L;
    private final String type;
    private final Buffer weight;
    private final long ignore;
    private final double smoothing;
    private final double width;

    Loss(String type, TorchModule m) {
      this.type = type;
      long[] w = m.list("weight", null);
      weight = w == null ? null : buffer("weight", Tensor.zeros(w.length));
      ignore = m.n("ignore_index", -100);
      smoothing = m.x("label_smoothing", 0);
      width = m.x("beta", m.x("delta", 1));
      m.s("reduction", "");
    }

    Tensor of(Tensor x, Tensor target) {
      return switch (type) {
        case "CrossEntropyLoss" ->
            F.crossEntropy(x, target, weight == null ? null : weight.value(), ignore, smoothing);
        case "BCEWithLogitsLoss" -> F.bceWithLogits(x, target);
        case "MSELoss" -> F.mse(x, target);
        case "SmoothL1Loss" -> F.smoothL1(x, target, width);
        case "HuberLoss" -> F.huber(x, target, width);
        case "KLDivLoss" -> F.klDiv(x, target);
        case "NLLLoss" -> F.nll(x, target);
        default -> throw new AssertionError(type);
      };
    }
  }
}
