package dev.proteus.core.data;

import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Shifted images in an order that matters, for online adaptation. The settings of the literature:
 *
 * <pre>{@code
 * Stream.of(data, Domain.each(List.of(fog), 5), Order.iid(), 64, seed);     // single shift
 * Stream.of(data, Domain.each(shifts, 5), Order.iid(), 64, seed);           // continual
 * Stream.of(data, Domain.each(shifts, 5), Order.dirichlet(0.1), 64, seed);  // and correlated labels
 * Stream.of(data, Domain.ramp(shifts), Order.iid(), 64, seed);              // gradual
 * Stream.mixed(data, Domain.each(shifts, 5), Order.iid(), 64, seed);        // mixed
 * }</pre>
 *
 * <p>Images are shifted when a batch is asked for. Batch k depends on the seed and k alone, so it
 * may be asked for again, or first.
 */
public final class Stream {
  private final Dataset data;
  private final List<Domain> domains;
  private final long seed;

  /** Place i of the stream shows this sample.. */
  private final int[] sample;

  /** .. in this domain. */
  private final int[] domain;

  /** Batch k has the places start[k] .. start[k+1] - 1. */
  private final int[] start;

  private Stream(
      Dataset data, List<Domain> domains, int[] sample, int[] domain, int[] start, long seed) {
    this.data = data;
    this.domains = List.copyOf(domains);
    this.sample = sample;
    this.domain = domain;
    this.start = start;
    this.seed = seed;
  }

  /**
   * The whole data in each domain, one domain after the other, each in a new order. The last batch
   * of a domain may be smaller.
   *
   * @param data images [N,C,H,W], uint8 or float in [0, 1]
   */
  public static Stream of(
      Dataset data, List<Domain> domains, Order order, int batchSize, long seed) {
    check(data, domains, batchSize);
    int n = data.size();
    long[] labels = labels(data);
    Random random = new Random(seed);
    int[] sample = new int[Math.multiplyExact(n, domains.size())];
    int[] domain = new int[sample.length];
    List<Integer> start = new ArrayList<>();
    for (int d = 0; d < domains.size(); d++) {
      System.arraycopy(order.of(n, labels, random), 0, sample, d * n, n);
      Arrays.fill(domain, d * n, (d + 1) * n, d);
      for (int at = 0; at < n; at += batchSize) {
        start.add(d * n + at);
      }
    }
    start.add(sample.length);
    return new Stream(
        data, domains, sample, domain, start.stream().mapToInt(i -> i).toArray(), seed);
  }

  /**
   * The whole data in all domains in one order: a batch mixes domains.
   *
   * @param data images [N,C,H,W], uint8 or float in [0, 1]
   */
  public static Stream mixed(
      Dataset data, List<Domain> domains, Order order, int batchSize, long seed) {
    check(data, domains, batchSize);
    int n = data.size();
    int total = Math.multiplyExact(n, domains.size());
    long[] once = labels(data);
    long[] labels =
        once == null ? null : IntStream.range(0, total).mapToLong(i -> once[i % n]).toArray();
    int[] place = order.of(total, labels, new Random(seed));
    int[] start =
        IntStream.rangeClosed(0, (total + batchSize - 1) / batchSize)
            .map(k -> Math.min(total, k * batchSize))
            .toArray();
    return new Stream(
        data,
        domains,
        Arrays.stream(place).map(i -> i % n).toArray(),
        Arrays.stream(place).map(i -> i / n).toArray(),
        start,
        seed);
  }

  private static void check(Dataset data, List<Domain> domains, int batchSize) {
    if (batchSize < 1 || domains.isEmpty() || data.size() == 0) {
      throw new IllegalArgumentException(
          "a stream needs data, domains and a batch size above 0, but got "
              + data.size()
              + " samples, "
              + domains.size()
              + " domains and batches of "
              + batchSize);
    }
  }

  private static long[] labels(Dataset data) {
    return data.classes() == 0 ? null : data.targets().toLongs();
  }

  /**
   * A batch of a stream.
   *
   * @param input float [N,C,H,W] in [0, 1], shifted
   * @param target as in the data
   * @param domains where each sample comes from
   */
  public record Item(Tensor input, Tensor target, List<Domain> domains) {
    /** Name of the domain, or {@code mixed}. */
    public String domain() {
      Domain first = domains.get(0);
      return domains.stream().allMatch(first::equals) ? first.name() : "mixed";
    }
  }

  /** Number of batches. */
  public int size() {
    return start.length - 1;
  }

  /** Batch {@code k}, in the caller's scope. */
  public Item get(int k) {
    int from = start[k];
    int to = start[k + 1];
    Batch batch = data.get(IntStream.range(from, to).mapToLong(i -> sample[i]).toArray());
    Tensor images = Images.unit(batch.input());
    // Neighbouring seeds must not give related draws, hence the mixing.
    Generator g = Generator.seeded(new SplittableRandom(seed ^ ((long) k << 32)).nextLong());
    int[] in = Arrays.copyOfRange(domain, from, to);
    Tensor shifted = shift(in, images, g);
    return new Item(shifted, batch.target(), Arrays.stream(in).mapToObj(domains::get).toList());
  }

  /** Shifts each image as its domain does. */
  private Tensor shift(int[] domainOf, Tensor images, Generator g) {
    int[] distinct = Arrays.stream(domainOf).distinct().sorted().toArray();
    if (distinct.length == 1) {
      return apply(domains.get(distinct[0]), images, g);
    }
    Tensor out = images.zerosLike();
    for (int d : distinct) {
      long[] rows =
          IntStream.range(0, domainOf.length)
              .filter(i -> domainOf[i] == d)
              .asLongStream()
              .toArray();
      Tensor index = Tensor.of(rows, rows.length);
      out.indexCopy_(0, index, apply(domains.get(d), images.indexSelect(0, index), g));
    }
    return out;
  }

  private static Tensor apply(Domain domain, Tensor images, Generator g) {
    return domain.shift().apply(images, domain.severity(), g);
  }
}
