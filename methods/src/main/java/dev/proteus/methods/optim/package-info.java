/** Optimizers, and probes of how training moves the weights. */
package dev.proteus.methods.optim;
