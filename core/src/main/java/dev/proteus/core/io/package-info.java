/** Files: safetensors, checkpoints. */
package dev.proteus.core.io;
