package dev.proteus.core.adapter;

/** How the A of a low-rank change starts; B is zero. */
public enum LoraInit {
  /** Uniform on +-1 / sqrt(inputs), as PyTorch's linear layers. */
  UNIFORM,
  /** Normal with a standard deviation of 1 / rank. */
  GAUSSIAN
}
