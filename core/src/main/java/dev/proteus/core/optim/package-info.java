/** Optimizers as readable formulas, their schedules, and gradient clipping. */
package dev.proteus.core.optim;
