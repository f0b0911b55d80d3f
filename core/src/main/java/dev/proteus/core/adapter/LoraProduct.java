package dev.proteus.core.adapter;

import dev.proteus.core.nn.Conv;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Tensor;
import java.util.Arrays;

/** LoRA at a linear layer or a convolution: A and B are layers of that kind. */
final class LoraProduct extends LoraPart {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> down;
  private final Slot<Layer> up;
  private final Slot<Layer> dropout;
  private final boolean convolves;

  LoraProduct(Lora lora, String path, Layer down, Layer up, Conv base) {
    super(lora.scaleOf(path));
    this.convolves = base != null;
    up.ownParameters().values().forEach(p -> Init.zeros_(p.value()));
    this.down = slot("lora_A", down);
    this.up = slot("lora_B", up);
    this.dropout = slot("lora_dropout", new Dropout(lora.dropout()));
    if (lora.init() == LoraInit.GAUSSIAN) {
      Init.normal_(a().value(), 0, 1.0 / lora.rankOf(path));
    }
  }

  @Override
  public Parameter a() {
    return down.get().ownParameters().get("weight");
  }

  @Override
  public Parameter b() {
    return up.get().ownParameters().get("weight");
  }

  @Override
  Tensor change(Tensor x) {
    return up.call(down.call(isDora() ? x : dropout.call(x)));
  }

  @Override
  Tensor seen(Tensor x) {
    return dropout.call(x);
  }

  @Override
  public Tensor product() {
    Tensor a = a().value().flatten(1, -1);
    Tensor b = b().value().flatten(1, -1);
    Tensor product = b.matmul(a);
    if (!convolves) {
      return product;
    }
    long[] shape = a().value().shape();
    shape[0] = b.size(0);
    return product.view(shape);
  }

  @Override
  Tensor bias() {
    Parameter bias = up.get().ownParameters().get("bias");
    return bias == null ? null : bias.value();
  }

  @Override
  Tensor alongOutputs(Tensor t) {
    if (!convolves) {
      return t;
    }
    long[] shape = a().value().shape();
    Arrays.fill(shape, 1);
    shape[1] = -1;
    return t.view(shape);
  }
}
