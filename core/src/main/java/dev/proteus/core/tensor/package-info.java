/**
 * Tensors, scopes, gradients and random numbers: a thin layer over libtorch.
 *
 * <p>This is the only package that knows the binding; everything above speaks {@link
 * dev.proteus.core.tensor.Tensor}.
 */
package dev.proteus.core.tensor;
