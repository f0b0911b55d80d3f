package dev.proteus.core.adapter;

/** Which biases of the network an adapter trains along, as its own copies. */
public enum BiasMode {
  NONE,
  /** Those of the layers that it stands around. */
  ONLY,
  /** Every bias of the network. */
  ALL
}
