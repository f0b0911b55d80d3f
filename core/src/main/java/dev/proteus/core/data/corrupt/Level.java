package dev.proteus.core.data.corrupt;

/** Which constants a corruption takes: those of a benchmark at a severity from 1 to 5. */
record Level(Benchmark benchmark, int severity) {
  /** The constants of this level out of the benchmarks' tables, one row a severity. */
  double[] of(double[][] cifar, double[][] imageNet) {
    return (benchmark == Benchmark.CIFAR_C ? cifar : imageNet)[severity - 1];
  }
}
