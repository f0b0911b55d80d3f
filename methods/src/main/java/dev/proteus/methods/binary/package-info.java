/** Binary networks: weights and activations of one bit, and how they are trained. */
package dev.proteus.methods.binary;
