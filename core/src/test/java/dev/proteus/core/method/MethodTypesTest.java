package dev.proteus.core.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MethodTypesTest {
  record OneLoss() implements Objective {
    @Override
    public Tensor loss(Tensor prediction, Tensor target) {
      return prediction.sub(target);
    }
  }

  record SGDLoss(double lr) implements Objective, Regularizer {
    @Override
    public Tensor loss(Tensor prediction, Tensor target) {
      return prediction.sub(target);
    }

    @Override
    public Tensor penalty(Layer net) {
      return Tensor.zeros(1);
    }
  }

  static final class Block extends Layer {}

  private static Catalogue.Entry entry(String id, Class<?>... types) {
    Status status = types.length == 0 ? Status.PLANNED : Status.BUILT;
    return new Catalogue.Entry(id, "domain", "A title", status, List.of(types));
  }

  private static final List<Catalogue.Entry> ENTRIES =
      List.of(
          entry("single", OneLoss.class, Block.class),
          entry("double", OneLoss.class, SGDLoss.class),
          entry("future"));

  private static final Map<String, Class<? extends Objective>> ALL =
      MethodTypes.all(ENTRIES, Objective.class);

  @Test
  void aNameIsTheIdWhereOneRecordIsOfTheKind() {
    assertThat(ALL)
        .isEqualTo(
            Map.of(
                "single", OneLoss.class,
                "double/one-loss", OneLoss.class,
                "double/sgd-loss", SGDLoss.class));
    assertThat(MethodTypes.all(ENTRIES, Regularizer.class))
        .isEqualTo(Map.of("double", SGDLoss.class));
    assertThat(MethodTypes.all(ENTRIES, Fusion.class)).isEmpty();
  }

  @Test
  void whatIsNotThereIsRefusedWithWhatIs() {
    assertThat(MethodTypes.<Class<?>>find(Map.copyOf(ALL), "objective", "single", ENTRIES.get(0)))
        .isEqualTo(OneLoss.class);
    assertThatThrownBy(() -> MethodTypes.find(ALL, "objective", "double", ENTRIES.get(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'double' is not the name of one objective; there is double/one-loss, double/sgd-loss");
    assertThatThrownBy(() -> MethodTypes.find(ALL, "objective", "future", ENTRIES.get(2)))
        .hasMessage(
            "'future' is not the name of one objective (it is planned); there is double/one-loss,"
                + " double/sgd-loss, single");
    assertThatThrownBy(() -> MethodTypes.find(Map.of(), "fusion", "single", ENTRIES.get(0)))
        .hasMessage("'single' is not the name of one fusion; there is none yet");
  }

  @Test
  void anUnknownIdIsRefusedByTheCatalogue() {
    assertThatThrownBy(() -> MethodConfig.build(Objective.class, "dan", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("No method 'dan'")
        .hasMessageContaining("dann");
  }

  @Test
  void kindsAreTheInterfacesAndLayer() {
    assertThat(MethodTypes.kinds(SGDLoss.class)).containsExactly("objective", "regularizer");
    assertThat(MethodTypes.kinds(Block.class)).containsExactly("layer");
    assertThat(MethodTypes.kinds(String.class)).isEmpty();
  }

  @Test
  void namesAreHyphenated() {
    assertThat(MethodTypes.hyphenated(OnlineAdapter.class)).isEqualTo("online-adapter");
    assertThat(MethodTypes.hyphenated(SGDLoss.class)).isEqualTo("sgd-loss");
  }
}
