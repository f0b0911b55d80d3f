/** Trained networks as things to be joined, cut and rescaled. */
package dev.proteus.methods.fusion;
