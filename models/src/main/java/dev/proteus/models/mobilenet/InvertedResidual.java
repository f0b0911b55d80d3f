package dev.proteus.models.mobilenet;

import dev.proteus.core.nn.BatchNorm2d;
import dev.proteus.core.nn.Conv2d;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/**
 * A depthwise convolution between two of 1x1, the first of which makes more channels; around it a
 * shortcut where the shape stays. Where it would make no more channels, the first is left out.
 *
 * <pre>  y = bn(project(se(act(bn(depthwise(act(bn(expand(x)))))))) [+ x]      [N, C, H, W]  </pre>
 */
final class InvertedResidual extends Layer {
  private static final long serialVersionUID = 1L;

  private final Slot<Layer> expand;
  private final Slot<Layer> expandNorm;
  private final Slot<Layer> depthwise;
  private final Slot<Layer> depthwiseNorm;
  private final Slot<Layer> se;
  private final Slot<Layer> project;
  private final Slot<Layer> projectNorm;
  private final boolean hardSwish;
  private final boolean shortcut;

  InvertedResidual(MobileNetV3Config c, MobileNetV3Config.Block b) {
    int n = b.inner();
    boolean expands = n != b.in();
    expand = expands ? slot("conv_pw", new Conv2d(b.in(), n, 1, 1, 0, 1, false)) : null;
    expandNorm = expands ? slot("bn1", norm(c, n)) : null;
    depthwise = slot("conv_dw", new Conv2d(n, n, b.kernel(), b.stride(), b.kernel() / 2, n, false));
    depthwiseNorm = slot(expands ? "bn2" : "bn1", norm(c, n));
    se = b.squeeze() == 0 ? null : slot("se", new SqueezeExcite(n, b.squeeze()));
    project = slot(expands ? "conv_pwl" : "conv_pw", new Conv2d(n, b.out(), 1, 1, 0, 1, false));
    projectNorm = slot(expands ? "bn3" : "bn2", norm(c, b.out()));
    hardSwish = b.hardSwish();
    shortcut = b.stride() == 1 && b.in() == b.out();
  }

  static BatchNorm2d norm(MobileNetV3Config c, int channels) {
    return new BatchNorm2d(channels, c.eps(), c.momentum(), true, true);
  }

  private Tensor act(Tensor x) {
    return hardSwish ? F.hardswish(x) : x.relu();
  }

  @Override
  public Tensor forward(Tensor x) {
    Tensor y = expand == null ? x : act(expandNorm.call(expand.call(x)));
    y = act(depthwiseNorm.call(depthwise.call(y)));
    y = se == null ? y : se.call(y);
    y = projectNorm.call(project.call(y));
    return shortcut ? y.add(x) : y;
  }
}
