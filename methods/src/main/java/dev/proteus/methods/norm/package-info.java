/** Normalisation: layers, and the surgery that changes one kind into another. */
package dev.proteus.methods.norm;
