/**
 * Denoising diffusion: U-Nets with the names of diffusers, noise schedules, training objective and
 * samplers.
 */
package dev.proteus.models.diffusion;
