/** Layers, the slots that hold them, and the standard layers that users of torch.nn expect. */
package dev.proteus.core.nn;
