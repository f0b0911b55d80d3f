package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class BatchesTest {
  /** Sample i has the input [i] and the target i. */
  private static Dataset numbers(int n) {
    long[] values = LongStream.range(0, n).toArray();
    return new TensorDataset(Tensor.of(values, n, 1), Tensor.of(values, n), n);
  }

  /** Runs {@code load} before each read. */
  private record Reading(Dataset base, Runnable load) implements Dataset {
    @Override
    public int size() {
      return base.size();
    }

    @Override
    public Batch get(long[] indices) {
      load.run();
      return base.get(indices);
    }

    @Override
    public int classes() {
      return base.classes();
    }

    @Override
    public Tensor targets() {
      return base.targets();
    }
  }

  private static List<List<Long>> rest(Batches.Epoch epoch) {
    List<List<Long>> out = new ArrayList<>();
    while (epoch.hasNext()) {
      try (Scope s = Scope.open()) {
        Batch b = epoch.next();
        assertThat(b.input().flatten().toLongs()).isEqualTo(b.target().toLongs());
        out.add(LongStream.of(b.target().toLongs()).boxed().toList());
      }
    }
    return out;
  }

  private static List<List<Long>> epoch(Batches batches) {
    try (Batches.Epoch epoch = batches.epoch()) {
      return rest(epoch);
    }
  }

  private static List<Long> flat(List<List<Long>> batches) {
    return batches.stream().flatMap(List::stream).toList();
  }

  @Test
  void anUnshuffledEpochIsTheDatasetInOrder() {
    assertThat(epoch(Batches.of(numbers(5), 2)))
        .containsExactly(List.of(0L, 1L), List.of(2L, 3L), List.of(4L));
    assertThat(epoch(Batches.of(numbers(5), 2).dropLast())).hasSize(2);
    assertThat(epoch(Batches.of(numbers(4), 2).dropLast())).hasSize(2);
    assertThat(epoch(Batches.of(numbers(0), 2).prefetch(1))).isEmpty();
  }

  @Property(tries = 40)
  void everyEpochIsAPermutation(
      @ForAll @IntRange(min = 1, max = 60) int n,
      @ForAll @IntRange(min = 1, max = 20) int size,
      @ForAll @IntRange(min = 0, max = 3) int workers,
      @ForAll long seed) {
    Batches b = Batches.of(numbers(n), size).shuffled(Generator.seeded(seed)).prefetch(workers);
    List<List<Long>> got = epoch(b);
    assertThat(got).hasSize((int) b.count());
    assertThat(flat(got))
        .containsExactlyInAnyOrderElementsOf(flat(epoch(Batches.of(numbers(n), 1))));
  }

  @Test
  void aSeedGivesTheSameOrderAndEachEpochAnother() {
    Batches a = Batches.of(numbers(100), 10).shuffled(Generator.seeded(3));
    Batches b = Batches.of(numbers(100), 10).shuffled(Generator.seeded(3)).prefetch(3);
    List<List<Long>> first = epoch(a);
    List<List<Long>> second = epoch(a);
    assertThat(epoch(b)).isEqualTo(first);
    assertThat(epoch(b)).isEqualTo(second).isNotEqualTo(first);
    assertThat(epoch(Batches.of(numbers(100), 10).shuffled(Generator.seeded(4))))
        .isNotEqualTo(first);
  }

  @Test
  void aResumedEpochHasExactlyTheBatchesThatWereToCome() {
    Generator g = Generator.seeded(8);
    Batches batches = Batches.of(numbers(50), 8).shuffled(g).prefetch(2);
    Batches.Position position;
    Tensor state;
    List<List<Long>> expected;
    List<List<Long>> nextEpoch;
    try (Batches.Epoch epoch = batches.epoch()) {
      for (int i = 0; i < 3; i++) {
        epoch.next();
        g.normal(0, 1, 7); // what a training step draws in between
      }
      position = epoch.position();
      state = g.state();
      expected = rest(epoch);
      nextEpoch = epoch(batches);
    }
    assertThat(position.next()).isEqualTo(3);
    Generator restored = Generator.seeded(0);
    restored.restore(state);
    Batches again = Batches.of(numbers(50), 8).shuffled(restored);
    try (Batches.Epoch epoch = again.resume(position)) {
      assertThat(rest(epoch)).isEqualTo(expected).hasSize(4);
    }
    assertThat(epoch(again)).isEqualTo(nextEpoch);
    assertThatThrownBy(() -> again.resume(new Batches.Position(1, 8)))
        .hasMessageContaining("batch 8 of an epoch of 7");
  }

  @Test
  void aWorkersFailureReachesTheConsumerWithItsCause() {
    UncheckedIOException broken = new UncheckedIOException(new IOException("cat.png is broken"));
    Dataset data =
        new Reading(
            numbers(10),
            () -> {
              throw broken;
            });
    try (Batches.Epoch epoch = Batches.of(data, 2).prefetch(2).epoch()) {
      assertThatThrownBy(epoch::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("batch 0")
          .hasMessageContaining("cat.png is broken")
          .hasCause(broken);
      assertThatThrownBy(epoch::next).hasMessageContaining("closed");
    }
  }

  private static List<Thread> loaders() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("proteus-prefetch"))
        .toList();
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A thread that has nothing left to do still takes a moment to end, on a busy machine a long one.
   */
  private static void awaitNoLoaders() {
    long limit = System.nanoTime() + 30_000_000_000L;
    while (!loaders().isEmpty() && System.nanoTime() < limit) {
      sleep(10);
    }
    assertThat(loaders()).isEmpty();
  }

  /** Whoever closes an epoch may delete the files it reads: none is open or opened after that. */
  @Test
  void closingEndsAllReadingEvenInTheMiddle() {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    Dataset slow =
        new Reading(
            numbers(1000),
            () -> {
              begun.incrementAndGet();
              sleep(5);
              ended.incrementAndGet();
            });
    Batches.Epoch epoch = Batches.of(slow, 2).prefetch(3).epoch();
    epoch.next();
    assertThat(loaders()).isNotEmpty();
    epoch.close();
    int read = begun.get();
    assertThat(ended).hasValue(read);
    assertThatThrownBy(epoch::next).hasMessageContaining("closed");
    awaitNoLoaders();
    assertThat(begun).hasValue(read);
  }

  @Test
  void anEpochThatNobodyClosedLeavesNoThreads() {
    Batches.Epoch epoch = Batches.of(numbers(1000), 2).prefetch(3).epoch();
    epoch.next();
    awaitNoLoaders();
  }

  private static long residentMegabytes() throws IOException {
    String pages = Files.readString(Path.of("/proc/self/statm")).split(" ", -1)[1];
    return (Long.parseLong(pages) * 4096) >> 20;
  }

  /** 4 MB a batch, 3,000 batches: 12 GB would pile up if a worker's tensors were not adopted. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryStaysFlatOverThousandsOfPrefetchedBatches() throws IOException {
    Dataset data = new TensorDataset(Tensor.zeros(16, 1 << 16), null, 0);
    Dataset many = data.subset(new long[48_000]);
    Batches batches = Batches.of(many, 16).prefetch(2);
    long before = 0;
    long most = 0;
    try (Batches.Epoch epoch = batches.epoch()) {
      while (epoch.hasNext()) {
        try (Scope s = Scope.open()) {
          epoch.next();
        }
        long next = epoch.position().next();
        if (next == 50) {
          before = residentMegabytes();
        } else if (next % 10 == 0) {
          most = Math.max(most, residentMegabytes());
        }
      }
    }
    assertThat(most - before).isLessThan(150);
  }
}
