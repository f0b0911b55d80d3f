/** Adaptation of a frozen network by few trainable parameters. */
package dev.proteus.methods.peft;
