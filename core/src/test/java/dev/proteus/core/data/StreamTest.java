package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StreamTest {
  private static final int CLASSES = 10;

  /** Adds a constant and a little noise. */
  private record Add(String name, double step) implements Shift {
    @Override
    public Tensor apply(Tensor images, int severity, Generator g) {
      return images.add(step * severity).add(g.uniform(0, 1e-3, images.shape()));
    }
  }

  private static final List<Shift> SHIFTS = List.of(new Add("a", 0.01), new Add("b", 0.1));

  /** Black images [n,1,2,2] whose class is their number modulo 10. */
  private static Dataset black(int n) {
    long[] labels = IntStream.range(0, n).mapToLong(i -> i % CLASSES).toArray();
    return new TensorDataset(Tensor.zeros(n, 1, 2, 2), Tensor.of(labels, n), CLASSES);
  }

  private record Seen(String domain, List<Long> labels, List<Double> means) {}

  private static List<Seen> run(Stream stream) {
    List<Seen> out = new ArrayList<>();
    for (int k = 0; k < stream.size(); k++) {
      out.add(seen(stream, k));
    }
    return out;
  }

  private static Seen seen(Stream stream, int k) {
    try (Scope s = Scope.open()) {
      Stream.Item item = stream.get(k);
      double[] means = item.input().mean(1, 2, 3).toDoubles();
      for (int i = 0; i < means.length; i++) {
        Domain d = item.domains().get(i);
        assertThat(means[i]).isBetween(((Add) d.shift()).step * d.severity(), 1.0);
      }
      return new Seen(
          item.domain(),
          LongStream.of(item.target().toLongs()).boxed().toList(),
          DoubleStream.of(means).boxed().toList());
    }
  }

  @Test
  void continualShowsAllDataInEachDomainInTurn() {
    List<Seen> seen = run(Stream.of(black(50), Domain.each(SHIFTS, 5), Order.iid(), 16, 1));
    assertThat(seen.stream().map(Seen::domain))
        .containsExactly("a 5", "a 5", "a 5", "a 5", "b 5", "b 5", "b 5", "b 5");
    assertThat(seen.stream().map(s -> s.labels().size()))
        .containsExactly(16, 16, 16, 2, 16, 16, 16, 2);
    assertThat(seen.get(0).means().get(0)).isCloseTo(0.0505, within(6e-4));
    assertThat(seen.get(7).means().get(0)).isCloseTo(0.5005, within(6e-4));
  }

  @Test
  void gradualRampsUpAndDown() {
    List<Seen> seen = run(Stream.of(black(4), Domain.ramp(SHIFTS), Order.iid(), 4, 1));
    assertThat(seen.stream().map(Seen::domain))
        .startsWith("a 1", "a 2", "a 3", "a 4", "a 5", "a 4", "a 3", "a 2", "a 1", "b 1", "b 2")
        .hasSize(18);
  }

  @Test
  void mixedBatchesHaveEverySampleInEveryDomainOnce() {
    Stream stream = Stream.mixed(black(40), Domain.each(SHIFTS, 3), Order.iid(), 16, 1);
    List<Seen> seen = run(stream);
    assertThat(seen).hasSize(5);
    assertThat(seen.stream().map(Seen::domain)).contains("mixed");
    List<Double> means = seen.stream().flatMap(s -> s.means().stream()).toList();
    assertThat(means.stream().filter(m -> m < 0.2)).hasSize(40);
    assertThat(means.stream().filter(m -> m > 0.2)).hasSize(40);
    assertThat(seen.stream().flatMap(s -> s.labels().stream()).filter(c -> c == 3)).hasSize(8);
  }

  @Test
  void aBatchDependsOnSeedAndPlaceAlone() {
    Stream a = Stream.mixed(black(40), Domain.each(SHIFTS, 3), Order.dirichlet(0.1), 16, 7);
    Stream b = Stream.mixed(black(40), Domain.each(SHIFTS, 3), Order.dirichlet(0.1), 16, 7);
    List<Double> third = seen(a, 3).means();
    run(b);
    assertThat(seen(b, 3).means()).isEqualTo(third);
    assertThat(seen(b, 2).means()).isNotEqualTo(third);
    Stream c = Stream.mixed(black(40), Domain.each(SHIFTS, 3), Order.dirichlet(0.1), 16, 8);
    assertThat(seen(c, 3).means()).isNotEqualTo(third);
  }

  @Property(tries = 60)
  void everyOrderIsAPermutation(
      @ForAll @IntRange(min = 1, max = 300) int n,
      @ForAll @DoubleRange(min = -4, max = 4) double log10Delta,
      @ForAll @IntRange(min = 0, max = 40) int slots,
      @ForAll long seed) {
    long[] labels = IntStream.range(0, n).mapToLong(i -> (i * 31L) % 7).toArray();
    for (Order order : List.of(Order.iid(), Order.dirichlet(Math.pow(10, log10Delta), slots))) {
      int[] got = order.of(n, labels, new Random(seed));
      assertThat(Arrays.stream(got).sorted().toArray()).isEqualTo(IntStream.range(0, n).toArray());
      assertThat(order.of(n, labels, new Random(seed))).isEqualTo(got);
    }
  }

  /** Samples between two changes of class, on average. */
  private static double meanRun(Order order, int n) {
    long[] labels = IntStream.range(0, n).mapToLong(i -> i % CLASSES).toArray();
    int[] got = order.of(n, labels, new Random(3));
    long runs = 1 + IntStream.range(1, n).filter(i -> labels[got[i]] != labels[got[i - 1]]).count();
    return (double) n / runs;
  }

  @Test
  void aSmallDeltaGivesLongRunsALargeOneBalancedSlots() {
    int n = 10_000;
    // A class nearly whole in one slot: runs are not much shorter than the 1,000 of a class.
    assertThat(meanRun(Order.dirichlet(1e-4), n)).isGreaterThan(700);
    assertThat(meanRun(Order.dirichlet(0.1), n)).isBetween(120.0, 700.0);
    // 10 slots with 10 classes of 100.
    assertThat(meanRun(Order.dirichlet(1e6), n)).isBetween(95.0, 115.0);
    // i.i.d.: 1 / (1 - 1/10).
    assertThat(meanRun(Order.iid(), n)).isCloseTo(1.111, within(0.03));
    assertThat(meanRun(Order.dirichlet(1e6, n / CLASSES), n)).isLessThan(1.3);
  }

  @Test
  void aLargeDeltaHasEveryClassInEverySlotASmallOneFew() {
    int n = 1000;
    long[] labels = IntStream.range(0, n).mapToLong(i -> i % CLASSES).toArray();
    assertThat(classesIn(Order.dirichlet(1e6).of(n, labels, new Random(1)), labels, 0, 100))
        .isGreaterThanOrEqualTo(9);
    assertThat(classesIn(Order.iid().of(n, labels, new Random(1)), labels, 0, 100)).isEqualTo(10);
    assertThat(classesIn(Order.dirichlet(0.01).of(n, labels, new Random(1)), labels, 0, 100))
        .isLessThan(5);
  }

  private static int classesIn(int[] order, long[] labels, int from, int to) {
    LinkedHashSet<Long> seen = new LinkedHashSet<>();
    for (int i = from; i < to; i++) {
      seen.add(labels[order[i]]);
    }
    return seen.size();
  }

  /** Mean 1/T and variance (T-1) / (T^2 (T delta + 1)) of each component. */
  @Test
  void proportionsHaveTheMomentsOfTheDirichletDistribution() {
    int slots = 5;
    int draws = 20_000;
    Random random = new Random(2);
    for (double delta : new double[] {0.05, 0.5, 1, 4}) {
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < draws; i++) {
        double[] p = Dirichlet.proportions(delta, slots, random);
        assertThat(Arrays.stream(p).sum()).isCloseTo(1, within(1e-12));
        sum += p[1];
        squares += p[1] * p[1];
      }
      double mean = sum / draws;
      double variance = squares / draws - mean * mean;
      double expected = (slots - 1) / (slots * slots * (slots * delta + 1.0));
      assertThat(mean).isCloseTo(1.0 / slots, within(5 * Math.sqrt(expected / draws)));
      assertThat(variance).isCloseTo(expected, within(0.06 * expected));
    }
  }

  @Test
  void badArgumentsAreRefused() {
    Dataset unlabelled = new TensorDataset(Tensor.zeros(4, 1, 2, 2), null, 0);
    List<Domain> domains = Domain.each(SHIFTS, 5);
    assertThat(Stream.of(unlabelled, domains, Order.iid(), 2, 1).get(0).target()).isNull();
    assertThatThrownBy(() -> Stream.of(unlabelled, domains, Order.dirichlet(1), 2, 1))
        .hasMessageContaining("needs data with classes");
    assertThatThrownBy(() -> Domain.each(SHIFTS, 6)).hasMessageContaining("from 1 to 5");
    assertThatThrownBy(() -> Order.dirichlet(0)).hasMessageContaining("delta must be above 0");
    assertThatThrownBy(() -> Stream.of(unlabelled, List.of(), Order.iid(), 2, 1))
        .hasMessageContaining("0 domains");
  }
}
