package dev.proteus.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.testing.Fixture;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GeneratorTest {
  @Test
  void drawsTheNumbersThatPyTorchDraws() {
    Fixture f = Fixture.read("random/draws");
    Generator g = Generator.seeded(7);
    same(f, "normal.short", g.normal(0, 1, 5));
    same(f, "normal.long", g.normal(0, 1, 100));
    same(f, "uniform.short", g.uniform(0, 1, 5));
    same(f, "uniform.long", g.uniform(0, 1, 100));
    same(f, "double", Tensor.empty(DType.FLOAT64, 7).uniform_(0, 1, g));
    same(f, "permutation", g.permutation(50));
    same(f, "integers", g.integers(0, 1000, 20));
    same(f, "bernoulli", g.bernoulli(0.3, 200));
    same(f, "exponential", Tensor.empty(DType.FLOAT32, 30).exponential_(2, g));
    same(f, "normal.again", g.normal(0, 1, 3));
    g.seed(7);
    same(f, "default", g.uniform(0, 1, 4));
  }

  private static void same(Fixture f, String name, Tensor drawn) {
    assertThat(drawn.dtype()).isEqualTo(f.get(name).dtype());
    assertThat(drawn.toBytes()).as(name).isEqualTo(f.get(name).toBytes());
  }

  @Test
  void aRestoredStateGoesOnExactlyThere() {
    Generator g = Generator.seeded(1);
    g.normal(0, 1, 3); // an odd number: half of a pair is kept back
    Tensor state = g.state();
    Tensor expected = Tensor.cat(0, g.normal(0, 1, 5), g.uniform(0, 1, 700));
    Generator other = Generator.seeded(99);
    other.restore(state);
    assertThat(Tensor.cat(0, other.normal(0, 1, 5), other.uniform(0, 1, 700)).equal(expected))
        .isTrue();
    g.restore(state); // the state is a copy, not a window
    assertThat(Tensor.cat(0, g.normal(0, 1, 5), g.uniform(0, 1, 700)).equal(expected)).isTrue();
    assertThatThrownBy(() -> g.restore(Tensor.zeros(3)))
        .hasMessageStartingWith("Generator.restore([3] float32): ");
  }

  @Test
  void forksAreReproducibleAndOfTheirOwn() {
    Generator a = Generator.seeded(1);
    Generator b = Generator.seeded(1);
    Tensor first = a.fork().normal(0, 1, 20);
    assertThat(b.fork().normal(0, 1, 20).equal(first)).isTrue();
    assertThat(a.fork().normal(0, 1, 20).equal(first)).isFalse();
    // what a fork draws does not move its origin
    Generator fork = a.fork();
    b.fork();
    b.fork();
    fork.normal(0, 1, 1000);
    assertThat(a.nextLong()).isEqualTo(b.nextLong());
  }

  @Test
  void theCurrentGeneratorIsTheInnermostOneOfTheThread() {
    Generator outer = Generator.seeded(1);
    Generator inner = Generator.seeded(2);
    Generator threads = Generator.current();
    try (Generator.Use a = outer.use()) {
      try (Generator.Use b = inner.use()) {
        assertThat(Generator.current()).isSameAs(inner);
      }
      assertThat(Generator.current()).isSameAs(outer);
      assertThat(CompletableFuture.supplyAsync(Generator::current).join()).isNotSameAs(outer);
    }
    assertThat(Generator.current()).isSameAs(threads);
  }

  @Test
  void singleDrawsStayInTheirRange() {
    Generator g = Generator.seeded(1);
    boolean[] seen = new boolean[5];
    for (int i = 0; i < 200; i++) {
      seen[g.nextInt(5)] = true;
      assertThat(g.nextDouble()).isBetween(0.0, 1.0).isNotEqualTo(1);
      assertThat(g.nextLong()).isNotNegative();
    }
    assertThat(seen).containsOnly(true);
    Tensor integers = g.integers(-3, 4, 1000);
    assertThat(integers.amin().itemLong()).isEqualTo(-3);
    assertThat(integers.amax().itemLong()).isEqualTo(3);
    assertThat(g.permutation(100).sort(0, false).values().equal(Tensor.arange(100))).isTrue();
  }

  @Test
  void distributionsHaveTheirMoments() {
    Generator g = Generator.seeded(1);
    int n = 200_000; // 5 standard errors below
    Tensor normal = g.normal(2, 3, n);
    assertThat(normal.mean().item()).isCloseTo(2, within(5 * 3 / Math.sqrt(n)));
    assertThat(normal.std(new int[] {0}, 1, false).item()).isCloseTo(3, within(0.03));
    assertThat(g.uniform(-1, 3, n).mean().item()).isCloseTo(1, within(0.013));
    assertThat(g.bernoulli(0.3, n).mean().item()).isCloseTo(0.3, within(0.0052));
    Tensor p = Tensor.vector(1, 0, 3);
    Tensor draws = p.multinomial(n, true, g).bincount(3).to(DType.FLOAT64).div(n);
    assertThat(draws.toDoubles()).containsExactly(new double[] {0.25, 0, 0.75}, within(0.005));
  }

  @Test
  void threadsWithTheirOwnGeneratorsTrainAsIfAlone() {
    List<Tensor> alone = List.of(train(1), train(2));
    for (int round = 0; round < 3; round++) {
      List<CompletableFuture<Tensor>> both =
          IntStream.of(1, 2)
              .mapToObj(seed -> CompletableFuture.supplyAsync(() -> train(seed)))
              .toList();
      for (int i = 0; i < 2; i++) {
        assertThat(both.get(i).join().equal(alone.get(i))).isTrue();
      }
    }
    assertThat(alone.get(0).equal(alone.get(1))).isFalse();
  }

  /** 100 steps of a small network with dropout; its weights at the end. */
  private static Tensor train(long seed) {
    Generator g = Generator.seeded(seed);
    Tensor a = g.normal(0, 0.3, 16, 8).requiresGrad(true);
    Tensor b = g.normal(0, 0.3, 3, 16).requiresGrad(true);
    for (int step = 0; step < 100; step++) {
      try (Scope scope = Scope.open()) {
        Tensor x = g.normal(0, 1, 32, 8);
        Tensor hidden = F.dropout(F.linear(x, a, null).relu(), 0.2, g);
        F.crossEntropy(F.linear(hidden, b, null), g.integers(0, 3, 32)).backward();
        try (Autograd.Mode off = Autograd.noGrad()) {
          for (Tensor w : List.of(a, b)) {
            w.add_(w.grad(), -0.1);
            w.grad(null);
          }
        }
      }
    }
    return Tensor.cat(0, a.detach().flatten(), b.detach().flatten());
  }
}
