package dev.proteus.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.proteus.core.adapter.Lora;
import dev.proteus.core.adapter.Targets;
import dev.proteus.core.data.Batch;
import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.optim.AdamW;
import dev.proteus.core.optim.Sgd;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.train.Backprop;
import dev.proteus.core.train.CrossEntropy;
import dev.proteus.core.train.LearningRule;
import dev.proteus.methods.tta.AlphaBnCore;
import dev.proteus.methods.tta.AlphaBnCore.CoreLoss;
import dev.proteus.models.bert.BertConfig;
import dev.proteus.models.bert.BertForSequenceClassification;
import dev.proteus.models.gpt2.Gpt2;
import dev.proteus.models.gpt2.Gpt2Config;
import dev.proteus.models.resnet.ResNet;
import dev.proteus.models.resnet.ResNetConfig;
import dev.proteus.models.text.DecoderLm;
import dev.proteus.models.text.Generation;
import dev.proteus.models.text.Tokens;
import dev.proteus.models.vit.VisionTransformer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What Proteus and PyTorch both compute, with the same weights and data: {@code
 * pytorch/workloads.py} has the same workloads under the same names.
 *
 * @param start the values before the first step: {@code input}, {@code target} where there is one,
 *     and the network's state by {@code net.} and its path
 * @param step one step; both sides must agree on its result. Called in a scope
 */
record Computation(Map<String, Tensor> start, Step step) {
  /** One step. */
  @FunctionalInterface
  interface Step {
    Tensor run();
  }

  private static final int ADDITIONS = 1000;
  private static final int CLASSES = 10;
  private static final double ALPHA = 0.5;
  private static final double CORE_LR = 1e-3;
  private static final long PROMPT = 32;
  private static final int NEW_TOKENS = 64;

  /** The workloads. */
  enum Name {
    CNN_TRAIN("cnn-train"),
    BN_ADAPT("bn-adapt"),
    BN_ADAPT_CORE("bn-adapt-core"),
    BN_INFERENCE("bn-inference"),
    RESNET50_INFER("resnet50-infer"),
    GPT2_DECODE("gpt2-decode"),
    VIT_TINY_INFER("vit-tiny-infer"),
    LORA_TRAIN("lora-train"),
    OP_ADD("op-add");

    private final String text;

    Name(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }

    /** Starts afresh: the same values each time. */
    Computation start() {
      try (Generator.Use seeded = Generator.seeded(0).use()) {
        return switch (this) {
          case CNN_TRAIN -> training(net(ResNetConfig.small(1, CLASSES)), images(128, 1, 28));
          case BN_ADAPT -> adaptation(CoreLoss.NONE);
          case BN_ADAPT_CORE -> adaptation(CoreLoss.PLAIN);
          case BN_INFERENCE -> inference(net(ResNetConfig.small(1, CLASSES)), images(200, 1, 28));
          case RESNET50_INFER -> inference(net(ResNetConfig.resnet50()), images(4, 3, 224));
          case GPT2_DECODE -> decoding();
          case VIT_TINY_INFER -> inference(vitTiny(), images(8, 3, 224));
          case LORA_TRAIN -> lora();
          case OP_ADD -> additions();
        };
      }
    }
  }

  private static Layer net(ResNetConfig config) {
    return new ResNet(config);
  }

  private static Layer vitTiny() {
    return VisionTransformer.of(
        JsonNodeFactory.instance.objectNode().put("architecture", "vit_tiny_patch16_224"));
  }

  private static Tensor images(int n, int channels, int side) {
    return Generator.current().normal(0, 1, n, channels, side, side);
  }

  private static Map<String, Tensor> values(Layer net, Tensor input) {
    Map<String, Tensor> values = new LinkedHashMap<>();
    net.snapshot().forEach((path, t) -> values.put("net." + path, t));
    values.put("input", input);
    return values;
  }

  /** The loss of a step of SGD with momentum. */
  private static Computation training(Layer net, Tensor x) {
    Tensor y = Generator.current().integers(0, CLASSES, x.size(0));
    Map<String, Tensor> values = values(net, x);
    values.put("target", y);
    LearningRule.Learner learner =
        new Backprop(new CrossEntropy(), new Sgd(0.01, 0.9)).start(net.train());
    Batch batch = new Batch(x, y);
    return new Computation(values, () -> Tensor.scalar(learner.learn(batch, 0)));
  }

  /**
   * The loss of a step of AdamW on LoRA at the queries and values of a network of MiniLM's shape.
   * Without dropout, whose masks the two sides draw differently.
   */
  private static Computation lora() {
    BertConfig c = BertConfig.miniLm();
    BertConfig plain =
        new BertConfig(
            c.vocabSize(),
            c.hiddenSize(),
            c.numHiddenLayers(),
            c.numAttentionHeads(),
            c.intermediateSize(),
            c.hiddenAct(),
            0,
            0,
            c.maxPositionEmbeddings(),
            c.typeVocabSize(),
            c.initializerRange(),
            c.layerNormEps(),
            c.padTokenId(),
            null,
            true);
    Layer net = new BertForSequenceClassification(plain, CLASSES);
    new Lora(8, 8, 0, Targets.of("query", "value")).attach(net);
    Tensor x = Generator.current().integers(1, c.vocabSize(), 32, 64);
    Tensor y = Generator.current().integers(0, CLASSES, 32);
    Map<String, Tensor> values = values(net, x);
    values.put("target", y);
    LearningRule.Learner learner =
        new Backprop(new CrossEntropy(), new AdamW(1e-3, 0.01)).start(net.train());
    Batch batch = new Batch(x, y);
    return new Computation(values, () -> Tensor.scalar(learner.learn(batch, 0)));
  }

  /** The logits of a batch, after adapting to it. */
  private static Computation adaptation(CoreLoss core) {
    Layer net = net(ResNetConfig.small(1, CLASSES));
    Tensor x = images(200, 1, 28);
    Map<String, Tensor> values = values(net, x);
    OnlineAdapter.Session session = new AlphaBnCore(ALPHA, core, CORE_LR).attach(net);
    return new Computation(values, () -> session.predict(x));
  }

  /** The logits of a batch in evaluation mode. */
  private static Computation inference(Layer net, Tensor x) {
    net.eval();
    return new Computation(values(net, x), () -> Autograd.noGrad(() -> net.forward(x)));
  }

  /** What GPT-2 of the smallest published size writes after a prompt: the most probable tokens. */
  private static Computation decoding() {
    DecoderLm net = Gpt2.languageModel(Gpt2Config.SMALL);
    net.eval();
    Tensor x = Generator.current().integers(0, Gpt2Config.SMALL.vocabSize(), 1, PROMPT);
    Map<String, Tensor> values = new LinkedHashMap<>();
    net.state().forEach((path, t) -> values.put("net." + path, t)); // no copies: nothing changes it
    values.put("input", x);
    Generation greedy = Generation.greedy(NEW_TOKENS, List.of(), 0);
    return new Computation(values, () -> greedy.generate(net, new Tokens(x)));
  }

  /** A number to which 1 is added many times: almost nothing but the cost of calling the engine. */
  private static Computation additions() {
    Tensor x = Tensor.zeros(1);
    Tensor one = Tensor.ones(1);
    return new Computation(
        Map.of("input", x),
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor sum = x;
            for (int i = 0; i < ADDITIONS; i++) {
              sum = sum.add(one);
            }
            return scope.keep(sum);
          }
        });
  }
}
