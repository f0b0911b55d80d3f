package dev.proteus.models.unet;

import dev.proteus.core.nn.Activation;
import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.Scope;
import dev.proteus.core.tensor.Tensor;

/** Two 3x3 convolutions, each followed by batch normalisation, if wanted, and ReLU. */
final class DoubleConv extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> doubleConv;

  DoubleConv(int in, int middle, int out, boolean norm) {
    Sequential layers = new Sequential();
    append(layers, in, middle, norm);
    append(layers, middle, out, norm);
    doubleConv = slot("double_conv", layers);
  }

  private static void append(Sequential layers, int in, int out, boolean norm) {
    layers.add(new Conv2d(in, out, 3, 1, 1, 1, !norm));
    if (norm) {
      layers.add(new BatchNorm2d(out));
    }
    layers.add(Activation.relu());
  }

  @Override
  public Tensor forward(Tensor x) {
    return Scope.lean(() -> doubleConv.call(x));
  }
}
