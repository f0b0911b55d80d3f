package dev.proteus.models;

import static dev.proteus.core.testing.Tensors.assertClose;
import static dev.proteus.core.testing.Tensors.assertSame;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Autograd;
import dev.proteus.core.tensor.Tensor;
import dev.proteus.core.testing.Fixture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Image networks against the libraries that publish them. */
class VisionTest {
  private static final double TOLERANCE = 1e-5;

  static Stream<String> cases() {
    return Stream.of("vit").flatMap(family -> Fixture.names("vision/" + family).stream());
  }

  private static Layer load(Fixture f) {
    Architecture a = Architectures.of(f.config());
    Layer net = a.build().apply(f.config());
    net.load(a.rename().apply(f.group("state.")));
    return net.eval();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void outputsAreThePublishedOnes(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    assertClose(name, net.forward(f.get("x")), f.get("y"), TOLERANCE);
    Tensor lean = Autograd.noGrad(() -> net.forward(f.get("x")));
    assertClose(name + " without gradients", lean, f.get("y"), TOLERANCE);
    assertSame(name + " copied", net.copy().forward(f.get("x")), net.forward(f.get("x")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aSavedNetworkIsReadAgain(String name, @TempDir Path folder) throws IOException {
    Fixture f = Fixture.read(name);
    Layer net = load(f);
    new Model(net, (ObjectNode) f.config(), null).save(folder);
    Layer again = Model.load(folder).net();
    assertSame(name, again.forward(f.get("x")), net.forward(f.get("x")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsReachEveryParameterInUse(String name) {
    Fixture f = Fixture.read(name);
    Layer net = load(f).train();
    net.forward(f.get("x")).square().sum().backward();
    List<String> without =
        net.parameters().entrySet().stream()
            .filter(e -> e.getValue().grad() == null)
            .map(e -> e.getKey())
            .toList();
    assertThat(without).as(name).allMatch(path -> path.startsWith("pooler."));
  }
}
