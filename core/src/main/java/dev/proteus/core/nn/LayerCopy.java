package dev.proteus.core.nn;

import dev.proteus.core.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** Copies a layer by serialisation in memory, with the tensors swapped out and copied apart. */
final class LayerCopy {
  private LayerCopy() {}

  static Layer of(Layer original) {
    List<Tensor> tensors = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      try (ObjectOutputStream out = new TensorsOut(bytes, tensors)) {
        out.writeObject(original);
      }
      try (ObjectInputStream in =
          new TensorsIn(
              new ByteArrayInputStream(bytes.toByteArray()),
              tensors,
              original.getClass().getClassLoader())) {
        Layer copy = (Layer) in.readObject();
        copy.parameters().values().forEach(p -> p.trainable(p.isTrainable()));
        return copy;
      }
    } catch (IOException | ClassNotFoundException e) {
      throw new IllegalStateException(
          "cannot copy a "
              + original.getClass().getSimpleName()
              + ": every field of a layer must be serialisable (no lambdas): "
              + e,
          e);
    }
  }

  private record Placeholder(int index) implements Serializable {}

  private static final class TensorsOut extends ObjectOutputStream {
    private final List<Tensor> tensors;

    TensorsOut(OutputStream out, List<Tensor> tensors) throws IOException {
      super(out);
      this.tensors = tensors;
      enableReplaceObject(true);
    }

    @Override
    protected Object replaceObject(Object o) {
      if (o instanceof Tensor t) {
        tensors.add(t);
        return new Placeholder(tensors.size() - 1);
      }
      return o;
    }
  }

  private static final class TensorsIn extends ObjectInputStream {
    private final List<Tensor> tensors;
    private final ClassLoader loader;

    TensorsIn(InputStream in, List<Tensor> tensors, ClassLoader loader) throws IOException {
      super(in);
      this.tensors = tensors;
      this.loader = loader;
      enableResolveObject(true);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass c)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(c.getName(), false, loader);
      } catch (ClassNotFoundException e) {
        return super.resolveClass(c);
      }
    }

    @Override
    protected Object resolveObject(Object o) {
      return o instanceof Placeholder p ? tensors.get(p.index()).detach().copy().retain() : o;
    }
  }
}
