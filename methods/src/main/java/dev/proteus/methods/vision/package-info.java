/** Backbones for images, and their blocks. */
package dev.proteus.methods.vision;
