package dev.proteus.core.adapter;

import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Init;
import dev.proteus.core.nn.Parameter;
import dev.proteus.core.tensor.DType;
import dev.proteus.core.tensor.F;
import dev.proteus.core.tensor.Tensor;

/** LoRA at an embedding: rows of W + s (B A)^T, looked up; A: [r, rows], B: [dim, r]. */
final class LoraEmbedding extends LoraPart {
  private static final long serialVersionUID = 1L;

  private final Parameter a;
  private final Parameter b;
  private final long paddingIdx;

  LoraEmbedding(Embedding base, Lora lora, String path) {
    super(lora.scaleOf(path));
    if (lora.loraBias()) {
      throw new IllegalArgumentException(
          "targets: '" + path + "' is an Embedding, whose B has no bias; exclude it");
    }
    Tensor w = base.weight().value();
    int rank = lora.rankOf(path);
    a = parameter("lora_embedding_A", Tensor.zeros(rank, w.size(0)));
    b =
        parameter(
            "lora_embedding_B", Init.normal_(Tensor.empty(DType.FLOAT32, w.size(1), rank), 0, 1));
    paddingIdx = base.paddingIdx();
  }

  @Override
  public Parameter a() {
    return a;
  }

  @Override
  public Parameter b() {
    return b;
  }

  @Override
  Tensor change(Tensor x) {
    return F.embedding(x, a.value().t(), paddingIdx).matmul(b.value().t());
  }

  @Override
  Tensor seen(Tensor x) {
    return x;
  }

  @Override
  public Tensor product() {
    return b.value().matmul(a.value());
  }

  @Override
  Tensor bias() {
    return null;
  }

  @Override
  Tensor alongOutputs(Tensor t) {
    return t;
  }
}
