package dev.proteus.core.data.corrupt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.proteus.core.data.FashionMnist;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.Generator;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CorruptionTest {
  /** Those that draw no random numbers. */
  private static final Set<String> FIXED =
      Set.of("defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression");

  /** Those whose one-channel form is not the grey RGB form. */
  private static final Set<String> BY_CHANNEL =
      Set.of("gaussian_noise", "shot_noise", "impulse_noise", "frost", "jpeg_compression");

  /** Those whose published constants do not grow with the severity throughout. */
  private static final Set<String> UNEVEN =
      Set.of("glass_blur", "frost", "elastic_transform", "pixelate");

  static List<Corruption> all() {
    return Corruptions.all();
  }

  static Stream<Corruption> even() {
    return all().stream().filter(c -> !UNEVEN.contains(c.name()));
  }

  static Stream<Corruption> shared() {
    return all().stream().filter(c -> !BY_CHANNEL.contains(c.name()));
  }

  private static Tensor fashion(int n) {
    return FashionMnist.test().input().slice(0, 0, 2000, 2000 / n).to(DType.FLOAT32).div(255);
  }

  private static Tensor noise(long... shape) {
    return Generator.seeded(1).uniform(0, 1, shape);
  }

  @Property(tries = 60)
  void keepsShapeAndRangeAndHasWholeLevels(
      @ForAll @IntRange(max = 14) int which,
      @ForAll @IntRange(min = 1, max = 5) int severity,
      @ForAll @IntRange(min = 1, max = 3) int n,
      @ForAll boolean colour,
      @ForAll @IntRange(min = 8, max = 70) int height,
      @ForAll @IntRange(min = 8, max = 70) int width,
      @ForAll boolean large) {
    try (Scope s = Scope.open()) {
      Tensor x = noise(n, colour ? 3 : 1, height, width);
      Tensor before = x.copy();
      Benchmark constants = large ? Benchmark.IMAGENET_C : Benchmark.CIFAR_C;
      Tensor y = all().get(which).of(constants).apply(x, severity, Generator.seeded(2));
      assertThat(y.shape()).containsExactly(x.shape());
      assertThat(y.dtype()).isEqualTo(DType.FLOAT32);
      assertThat(y.amin().item()).isGreaterThanOrEqualTo(0);
      assertThat(y.amax().item()).isLessThanOrEqualTo(1);
      assertThat(y.equal(y.mul(255).round().div(255))).isTrue();
      assertThat(x.equal(before)).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void aSeedGivesTheSameImagesAndEachImageItsOwnDraws(Corruption c) {
    try (Scope s = Scope.open()) {
      Tensor x = fashion(1).expand(4, 1, 28, 28);
      Tensor y = c.apply(x, 3, Generator.seeded(5));
      assertThat(c.apply(x, 3, Generator.seeded(5)).equal(y)).isTrue();
      assertThat(y.get(0).equal(y.get(1))).isEqualTo(FIXED.contains(c.name()));
      assertThat(c.apply(x, 3, Generator.seeded(6)).equal(y)).isEqualTo(FIXED.contains(c.name()));
    }
  }

  @ParameterizedTest
  @MethodSource("even")
  void moreSeverityIsFurtherFromTheCleanImage(Corruption c) {
    try (Scope s = Scope.open()) {
      Tensor x = fashion(50);
      for (Benchmark b : Benchmark.values()) {
        double before = 0;
        for (int severity = 1; severity <= 5; severity++) {
          Tensor y = c.of(b).apply(x, severity, Generator.seeded(3));
          double distance = y.sub(x).norm(2, new int[] {1, 2, 3}, false).mean().item();
          // CIFAR-C's motion blurs 3 and 4 differ by less than a thousandth
          assertThat(distance).as(c + " " + b + " " + severity).isGreaterThan(before * 0.999);
          before = distance;
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shared")
  void oneChannelIsTheGreyImage(Corruption c) {
    try (Scope s = Scope.open()) {
      Tensor x = fashion(2);
      Tensor one = c.apply(x, 4, Generator.seeded(8));
      Tensor three = c.apply(x.expand(2, 3, 28, 28), 4, Generator.seeded(8));
      // snow's luma of three equal channels is off by the last bit
      double off = three.sub(one).mul(255).abs().amax().item();
      assertThat(off).isLessThan(c.name().equals("snow") ? 1.01 : 0.01);
    }
  }

  @Test
  void noiseHasThePublishedMoments() {
    try (Scope s = Scope.open()) {
      Tensor x = Tensor.full(0.4, 1, 1, 300, 300);
      Generator g = Generator.seeded(4);
      // cutting to 8 bits lowers the mean by half a level
      double half = 0.5 / 255;
      Tensor gaussian = Corruptions.named("gaussian_noise").of(Benchmark.CIFAR_C).apply(x, 5, g);
      assertThat(gaussian.mean().item() + half).isCloseTo(0.4, within(0.0015));
      assertThat(std(gaussian)).isCloseTo(0.1, within(0.001));
      Tensor shot = Corruptions.named("shot_noise").of(Benchmark.IMAGENET_C).apply(x, 1, g);
      assertThat(shot.mean().item() + half).isCloseTo(0.4, within(0.0015));
      assertThat(std(shot)).isCloseTo(Math.sqrt(0.4 / 60), within(0.001));
      Tensor impulse = Corruptions.named("impulse_noise").apply(x, 5, g);
      assertThat(impulse.eq(0).to(DType.FLOAT64).mean().item()).isCloseTo(0.135, within(0.004));
      assertThat(impulse.eq(1).to(DType.FLOAT64).mean().item()).isCloseTo(0.135, within(0.004));
    }
  }

  private static double std(Tensor x) {
    return x.std(new int[] {0, 1, 2, 3}, 1, false).item();
  }

  @Test
  void theConstantsFollowTheSizeUnlessFixed() {
    assertThat(Benchmark.forSize(64, 64)).isEqualTo(Benchmark.CIFAR_C);
    assertThat(Benchmark.forSize(28, 65)).isEqualTo(Benchmark.IMAGENET_C);
    try (Scope s = Scope.open()) {
      Corruption contrast = Corruptions.named("contrast");
      Generator g = Generator.seeded(0);
      Tensor small = noise(1, 1, 64, 64);
      Tensor large = noise(1, 1, 65, 65);
      assertThat(contrast.apply(small, 2, g))
          .matches(contrast.of(Benchmark.CIFAR_C).apply(small, 2, g)::equal);
      assertThat(contrast.apply(large, 2, g))
          .matches(contrast.of(Benchmark.IMAGENET_C).apply(large, 2, g)::equal);
      assertThat(contrast.of(Benchmark.CIFAR_C).apply(large, 2, g))
          .matches(y -> !y.equal(contrast.apply(large, 2, g)));
    }
  }

  @Test
  void manyImagesAreTakenInParts() {
    try (Scope s = Scope.open()) {
      Tensor x = noise(3000, 1, 28, 28);
      Corruption contrast = Corruptions.named("contrast");
      Tensor y = contrast.apply(x, 5, Generator.seeded(0));
      Tensor last = contrast.apply(x.narrow(0, 2990, 10), 5, Generator.seeded(0));
      assertThat(y.narrow(0, 2990, 10).equal(last)).isTrue();
    }
  }

  @Test
  void theFifteenAreFoundByName() {
    assertThat(all()).hasSize(15).doesNotHaveDuplicates();
    assertThat(Corruptions.named("fog").name()).isEqualTo("fog");
    assertThatThrownBy(() -> Corruptions.named("rain"))
        .hasMessageContaining("no corruption 'rain'")
        .hasMessageContaining("gaussian_noise, shot_noise");
  }

  @Test
  void wrongInputIsRefusedByName() {
    Corruption fog = Corruptions.named("fog");
    Generator g = Generator.seeded(0);
    assertThatThrownBy(() -> fog.apply(noise(1, 1, 28, 28), 6, g))
        .hasMessage("fog: severity must be from 1 to 5, but is 6");
    assertThatThrownBy(() -> fog.apply(noise(28, 28), 1, g))
        .hasMessageContaining("fog: images must be float [N,C,H,W]")
        .hasMessageContaining("[28, 28] float32");
    assertThatThrownBy(() -> fog.apply(noise(1, 2, 28, 28), 1, g)).hasMessageContaining("1 or 3");
    assertThatThrownBy(() -> fog.apply(noise(1, 1, 28, 28).to(DType.UINT8), 1, g))
        .hasMessageContaining("float");
    assertThatThrownBy(() -> fog.apply(noise(1, 1, 28, 7), 1, g))
        .hasMessageContaining("sides of at least 8");
    assertThatThrownBy(() -> fog.apply(noise(1, 1, 28, 28).mul(2), 1, g))
        .hasMessageContaining("values must be in [0, 1]")
        .hasMessageContaining("before they are normalised");
    assertThatThrownBy(() -> fog.apply(Tensor.full(Double.NaN, 1, 1, 28, 28), 1, g))
        .hasMessageContaining("NaN");
  }
}
