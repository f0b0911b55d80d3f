/** Training a network: learning rules, the trainer, metrics, event files. */
package dev.proteus.core.train;
