package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ByLengthTest {
  /** Sample i is the number i, and has a random length. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes it
  private record Sized(int size, int[] lengths) implements Dataset {
    static Sized of(int n) {
      return new Sized(n, new Random(n).ints(n, 1, 100).toArray());
    }

    @Override
    public Batch get(long[] indices) {
      return new Batch(Tensor.of(indices, indices.length), null);
    }

    @Override
    public int classes() {
      return 0;
    }

    @Override
    public Tensor targets() {
      return null;
    }
  }

  private static List<long[]> epoch(Dataset data, int size, long seed) {
    List<long[]> batches = new ArrayList<>();
    Batches.of(data, size)
        .shuffled(Generator.seeded(seed))
        .forEach(b -> batches.add(b.input().toLongs()));
    return batches;
  }

  @Property(tries = 50)
  void everySampleComesOnce(
      @ForAll @IntRange(min = 1, max = 300) int n, @ForAll @IntRange(min = 1, max = 9) int size) {
    List<long[]> batches = epoch(Sized.of(n), size, 1);
    assertThat(batches).allMatch(b -> b.length == size || b == batches.get(batches.size() - 1));
    assertThat(batches.stream().flatMapToLong(Arrays::stream).sorted().toArray())
        .isEqualTo(LongStream.range(0, n).toArray());
  }

  @Test
  void batchesAreOfLikeLengthAndInRandomOrder() {
    Sized data = Sized.of(1000);
    List<long[]> batches = epoch(data, 10, 1);
    double spread = batches.stream().mapToLong(b -> range(data, b)).average().orElseThrow();
    assertThat(spread).isLessThan(5);
    double[] first = batches.stream().mapToDouble(b -> data.lengths[(int) b[0]]).toArray();
    assertThat(first).isNotEqualTo(Arrays.stream(first).sorted().toArray());
    assertThat(epoch(data, 10, 1)).usingRecursiveComparison().isEqualTo(batches);
    assertThat(epoch(data, 10, 2).get(0)).isNotEqualTo(batches.get(0));
  }

  private static long range(Sized data, long[] batch) {
    var s = Arrays.stream(batch).map(i -> data.lengths[(int) i]).summaryStatistics();
    return s.getMax() - s.getMin();
  }

  @Test
  void partsAndMappedDataKeepLengths() {
    Sized data = new Sized(4, new int[] {5, 1, 9, 3});
    assertThat(data.subset(new long[] {2, 0}).lengths()).containsExactly(9, 5);
    assertThat(data.map(x -> x).lengths()).containsExactly(5, 1, 9, 3);
    assertThat(ByLength.longestFirst(data.lengths)).containsExactly(2, 0, 3, 1);
  }
}
