/**
 * The 15 corruptions of ImageNet-C and CIFAR-10-C, by Hendrycks and Dietterich, <a
 * href="https://arxiv.org/abs/1903.12261">Benchmarking Neural Network Robustness to Common
 * Corruptions and Perturbations</a>: see {@link dev.proteus.core.data.corrupt.Corruptions}.
 */
package dev.proteus.core.data.corrupt;
