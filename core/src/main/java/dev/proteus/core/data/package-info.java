/** Datasets, batches, corruptions and streams. */
package dev.proteus.core.data;
