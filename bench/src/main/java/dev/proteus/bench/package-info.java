/** Benchmarks: kernels under JMH, and workloads that PyTorch runs too. */
package dev.proteus.bench;
