package dev.proteus.core.surgery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Flatten;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static Layer net() {
    Sequential stem =
        new Sequential()
            .add("conv", new Conv2d(1, 4, 3))
            .add("norm", new BatchNorm2d(4))
            .add("drop", new Dropout(0.5))
            .add("act", Activation.relu());
    return new Sequential()
        .add("stem", stem)
        .add("flat", new Flatten())
        .add("head", new Linear(4 * 6 * 6, 10));
  }

  @Test
  void theTableIsExact() {
    Layer net = net();
    Surgery.freeze(net, "stem.conv.*");
    assertThat(Summary.of(net, Tensor.ones(2, 1, 8, 8)).toString())
        .isEqualTo(
            """
            path       layer                 output        parameters  trainable   MACs
            stem       Sequential            [2, 4, 6, 6]          48     16.67%  2,592
            stem.conv  Conv2d(1, 4, [3, 3])  [2, 4, 6, 6]          40         0%  2,592
            stem.norm  BatchNorm2d(4)        [2, 4, 6, 6]           8       100%      0
            stem.drop  Dropout(0.5)          [2, 4, 6, 6]           0          -      0
            stem.act   relu                  [2, 4, 6, 6]           0          -      0
            flat       Flatten               [2, 144]               0          -      0
            head       Linear(144, 10)       [2, 10]            1,450       100%  2,880
            total      Sequential            [2, 10]            1,498     97.33%  5,472
            """);
  }

  @Test
  void thePassLeavesNoTrace() {
    Layer net = net();
    net.slot("stem.norm").get().eval();
    Map<String, Tensor> before = net.snapshot();
    List<Boolean> modes = net.layers().stream().map(Layer::isTraining).toList();
    Generator g = Generator.seeded(1);
    try (Generator.Use use = g.use()) {
      Summary.of(net, Tensor.ones(2, 1, 8, 8));
    }
    assertThat(g.nextLong()).isEqualTo(Generator.seeded(1).nextLong());
    net.state().forEach((path, t) -> assertThat(t.equal(before.get(path))).isTrue());
    assertThat(net.layers().stream().map(Layer::isTraining).toList()).isEqualTo(modes);
    assertThatThrownBy(() -> Summary.of(net, Tensor.ones(2, 3, 8, 8)));
    assertThat(net.layers().stream().map(Layer::isTraining).toList()).isEqualTo(modes);
  }

  @Test
  void sharedLayersCostTwiceAndCountOnce() {
    Linear tied = new Linear(4, 4, false);
    Summary s = Summary.of(new Sequential(tied, tied), Tensor.ones(3, 4));
    assertThat(s.total().parameters()).isEqualTo(16);
    assertThat(s.total().macs()).isEqualTo(2 * 3 * 16);
    Sequential block = new Sequential().add("fc", tied);
    Summary twice = Summary.of(new Sequential(block, block), Tensor.ones(3, 4));
    assertThat(twice.total().macs()).isEqualTo(2 * 3 * 16);
    assertThat(twice.rows()).hasSize(3);
    assertThat(twice.toString()).contains("[3, 4] x2");
  }

  @Test
  void aSingleLayerAndAnUncalledOneAreSummarised() {
    Summary s = Summary.of(new Linear(4, 2), Tensor.ones(1, 4));
    assertThat(s.rows()).isEmpty();
    assertThat(s.total().macs()).isEqualTo(8);
    Layer idle =
        new Layer() {
          private static final long serialVersionUID = 1L;

          {
            slot("unused", new Linear(4, 2));
          }

          @Override
          public Tensor forward(Tensor x) {
            return x;
          }
        };
    assertThat(Summary.of(idle, Tensor.ones(1)).toString()).contains("not called");
  }

  @Test
  void rowsBecomeJson() {
    JsonNode json = new ObjectMapper().valueToTree(Summary.of(net(), Tensor.ones(2, 1, 8, 8)));
    assertThat(json.at("/total/macs").asLong()).isEqualTo(2L * 4 * 36 * 9 + 2 * 144 * 10);
    assertThat(json.at("/rows/1/path").asText()).isEqualTo("stem.conv");
    assertThat(json.at("/rows/1/output").toString()).isEqualTo("[2,4,6,6]");
  }
}
