package dev.proteus.core.tensor;

import org.bytedeco.pytorch.global.torch.DeviceType;

/**
 * Where a tensor lives.
 *
 * @param kind {@code cpu}, {@code cuda}, or {@code meta} for nowhere: shape and type, no values
 * @param index which one; 0 for the CPU
 */
public record Device(String kind, int index) implements java.io.Serializable {
  public static final Device CPU = new Device("cpu", 0);

  /** Where the tensors of {@link Meta} are. */
  public static final Device META = new Device("meta", 0);

  public Device {
    if (!kind.equals("cpu") && !kind.equals("cuda") && !kind.equals("meta")) {
      throw new IllegalArgumentException("unknown device '" + kind + "'; expected cpu or cuda");
    }
    if (index < 0) {
      throw new IllegalArgumentException("device index must be 0 or more, but is " + index);
    }
  }

  public static Device cuda(int index) {
    return new Device("cuda", index);
  }

  /** Reads {@code cpu}, {@code cuda} or {@code cuda:1}. */
  public static Device parse(String text) {
    int colon = text.indexOf(':');
    if (text.equals("meta")) {
      throw new IllegalArgumentException("nothing can be computed on device 'meta'");
    }
    if (colon < 0) {
      return new Device(text, 0);
    }
    try {
      return new Device(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("device '" + text + "': expected cpu or cuda:N", e);
    }
  }

  org.bytedeco.pytorch.Device handle() {
    return switch (kind) {
      case "cuda" -> new org.bytedeco.pytorch.Device(DeviceType.CUDA, (byte) index);
      case "meta" -> new org.bytedeco.pytorch.Device(DeviceType.Meta);
      default -> new org.bytedeco.pytorch.Device(DeviceType.CPU);
    };
  }

  @Override
  public String toString() {
    return kind.equals("cuda") ? kind + ":" + index : kind;
  }
}
