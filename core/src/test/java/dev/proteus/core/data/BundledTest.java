package dev.proteus.core.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledTest {
  private static void eachClassHas(Dataset data, long count) {
    assertThat(data.targets().bincount(data.classes()).toLongs()).hasSize(10).containsOnly(count);
  }

  @Test
  void theFashionSubsetIsBalanced() {
    TensorDataset train = FashionMnist.train();
    assertThat(train.input().describe()).isEqualTo("[10000, 1, 28, 28] uint8");
    eachClassHas(train, 1000);
    TensorDataset test = FashionMnist.test();
    assertThat(test.input().describe()).isEqualTo("[2000, 1, 28, 28] uint8");
    eachClassHas(test, 200);
    assertThat(test.classNames()).hasSize(10).contains("Ankle boot", "Bag");
  }

  @Test
  void theConstantsNormalise() {
    check(FashionMnist.NORMALISE.apply(FashionMnist.train().input()), 0.01);
    check(Digits.NORMALISE.apply(all(Digits.train())), 0.001);
  }

  private static void check(Tensor x, double tolerance) {
    assertThat(x.dtype()).isEqualTo(DType.FLOAT32);
    assertThat(x.mean().item()).isCloseTo(0, within(tolerance));
    assertThat(x.std(new int[] {0, 1, 2, 3}, 0, false).item()).isCloseTo(1, within(tolerance));
  }

  @Test
  void digitsAreInUnitRange() {
    TensorDataset all = Digits.all();
    assertThat(all.input().describe()).isEqualTo("[1797, 1, 8, 8] float32");
    assertThat(all.input().amax().item()).isEqualTo(1);
    assertThat(all.input().amin().item()).isEqualTo(0);
    assertThat(Digits.train().size() + Digits.test().size()).isEqualTo(1797);
    assertThat(Digits.test().size()).isBetween(355, 365);
  }

  @Test
  void theFilesAreTheOnesOfTheirChecksums() throws Exception {
    String sums;
    try (InputStream in = Bundled.class.getResourceAsStream("SHA256SUMS")) {
      sums = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    String[] lines = sums.strip().split("\n", -1);
    assertThat(lines).hasSize(6);
    for (String line : lines) {
      String[] parts = line.split(" +", -1);
      try (InputStream in = Bundled.class.getResourceAsStream(parts[1])) {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(in.readAllBytes());
        assertThat(HexFormat.of().formatHex(hash)).as(parts[1]).isEqualTo(parts[0]);
      }
    }
  }

  @Test
  void holdingOutIsStratifiedSeededAndDisjoint() {
    Tensor labels = FashionMnist.test().target();
    // Numbers in place of pixels, to see which samples a part has.
    Dataset data = new TensorDataset(Tensor.arange(2000), labels, FashionMnist.CLASSES);
    Splits a = Splits.holdOut(data, 0.1, 5);
    eachClassHas(a.test(), 20);
    eachClassHas(a.train(), 180);
    long[] held = all(a.test()).toLongs();
    assertThat(held).isEqualTo(all(Splits.holdOut(data, 0.1, 5).test()).toLongs());
    assertThat(held).isNotEqualTo(all(Splits.holdOut(data, 0.1, 6).test()).toLongs());
    long[] both = Arrays.copyOf(held, 2000);
    System.arraycopy(all(a.train()).toLongs(), 0, both, 200, 1800);
    Arrays.sort(both);
    assertThat(both).isEqualTo(LongStream.range(0, 2000).toArray());
  }

  /** Runs where the full data are, by Debian's package for example. */
  @Test
  void theFullDataAreFoundAndNormalised() throws IOException {
    Optional<Path> folder = FashionMnist.find();
    assumeThat(folder).isPresent();
    Splits full = FashionMnist.full(folder.get());
    eachClassHas(full.train(), 6000);
    eachClassHas(full.test(), 1000);
    Tensor x = Images.unit(((TensorDataset) full.train()).input());
    assertThat(x.mean().item()).isCloseTo(FashionMnist.NORMALISE.mean().get(0), within(5e-5));
    assertThat(x.std(new int[] {0, 1, 2, 3}, 0, false).item())
        .isCloseTo(FashionMnist.NORMALISE.std().get(0), within(5e-5));
  }

  @Test
  void theFullDataAreFoundWhereTheUserSays(@TempDir Path home) throws IOException {
    Path own = Files.createDirectories(home.resolve("data/fashion-mnist"));
    for (String part : new String[] {"train", "t10k"}) {
      Files.createFile(own.resolve(part + "-images-idx3-ubyte.gz"));
      Files.createFile(own.resolve(part + "-labels-idx1-ubyte"));
    }
    assertThat(FashionMnist.find(home.resolve("data").toString(), home)).contains(own);
    assertThat(FashionMnist.find(own.toString(), home)).contains(own);
    assertThat(FashionMnist.find(" ", own)).isPresent();
    Files.delete(own.resolve("t10k-labels-idx1-ubyte"));
    assertThat(FashionMnist.find(own.toString(), own)).isNotEqualTo(Optional.of(own));
  }

  private static Tensor all(Dataset data) {
    return data.get(LongStream.range(0, data.size()).toArray()).input();
  }
}
