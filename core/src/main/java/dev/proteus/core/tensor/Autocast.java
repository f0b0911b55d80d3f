package dev.proteus.core.tensor;

import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Runs matrix products and convolutions of this thread in bfloat16 until it is closed. The engine's
 * cache of cast weights is off: it would go stale at the first update.
 */
public final class Autocast implements AutoCloseable {
  private final boolean enabledBefore;
  private final boolean cacheBefore;
  private final ScalarType typeBefore;
  private final DeviceType device;

  private Autocast(DeviceType device) {
    this.device = device;
    enabledBefore = torch.is_autocast_enabled(device);
    cacheBefore = torch.is_autocast_cache_enabled();
    typeBefore = torch.get_autocast_dtype(device);
    torch.set_autocast_cache_enabled(false);
    torch.set_autocast_dtype(device, ScalarType.BFloat16);
    torch.set_autocast_enabled(device, true);
  }

  public static Autocast bfloat16(Device device) {
    Engine.load();
    return new Autocast(device.equals(Device.CPU) ? DeviceType.CPU : DeviceType.CUDA);
  }

  @Override
  public void close() {
    torch.set_autocast_enabled(device, enabledBefore);
    torch.set_autocast_dtype(device, typeBefore);
    torch.set_autocast_cache_enabled(cacheBefore);
  }
}
