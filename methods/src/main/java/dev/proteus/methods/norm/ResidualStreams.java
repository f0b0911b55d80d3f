package dev.proteus.methods.norm;

import dev.proteus.core.method.Paper;
import dev.proteus.core.nn.Dropout;
import dev.proteus.core.nn.Embedding;
import dev.proteus.core.nn.Identity;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.LayerNorm;
import dev.proteus.core.nn.Linear;
import dev.proteus.core.nn.MultiheadAttention;
import dev.proteus.core.nn.Residual;
import dev.proteus.core.nn.Sequential;
import dev.proteus.core.nn.Slot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The residual streams that the layer norms of a network read, and who writes to them.
 *
 * <p>The data is followed through {@code Sequential} and through {@code Residual} with an identity
 * as its shortcut. A stream begins with what a layer gives, grows by what residual bodies add, and
 * passes {@code Identity} and {@code Dropout}. Its mean is free if all that writes to it can be
 * centred ({@code Linear}, {@code Embedding}, {@code MultiheadAttention}) and all that reads it is
 * a layer norm; any other layer, and the network's output, see the mean.
 */
@Paper(id = "rmsnorm")
final class ResidualStreams {
  /**
   * A layer norm.
   *
   * @param reader holds the linear layer or attention that alone reads its output; else null
   */
  record Norm(String path, Slot<?> slot, Slot<?> reader) {}

  private static final class Stream {
    final Set<Layer> writers = identitySet();
    String fixed; // why its mean may not change; null if it may
    int reads;
    Slot<?> reader; // the latest that is linear or attention

    void fix(String why) {
      fixed = fixed == null ? why : fixed;
    }
  }

  private record Read(String path, Slot<?> slot, Stream in, Stream out) {}

  private final Set<Object> shared;
  private final List<Read> reads = new ArrayList<>();

  /**
   * @throws IllegalArgumentException if there are no layer norms, or not all read a stream whose
   *     mean is free
   */
  ResidualStreams(Layer net) {
    shared = shared(net);
    Stream input = new Stream();
    input.fix("the network's input is part of it");
    follow("", null, net, input).fix("it is the network's output");
    long found = net.layers().stream().filter(LayerNorm.class::isInstance).count();
    if (found == 0) {
      throw new IllegalArgumentException(net + " has no layer norms");
    }
    if (found != reads.size()) {
      throw new IllegalArgumentException(
          "only "
              + reads.size()
              + " of "
              + found
              + " layer norms are in Sequential and Residual, where the data can be followed");
    }
    for (Read r : reads) {
      if (r.in.fixed != null) {
        throw refused(
            r.path, "the mean of what it reads cannot be taken out, because " + r.in.fixed);
      }
    }
  }

  /** What must be centred. */
  Set<Layer> writers() {
    Set<Layer> all = identitySet();
    reads.forEach(r -> all.addAll(r.in.writers));
    return all;
  }

  /** The layer norms, in the order of the data. */
  List<Norm> norms() {
    return reads.stream()
        .map(r -> new Norm(r.path, r.slot, r.out.reads == 1 ? r.out.reader : null))
        .toList();
  }

  /** Follows the data through a layer: the stream that comes out. */
  private Stream follow(String path, Slot<?> slot, Layer layer, Stream in) {
    if (layer instanceof Sequential sequential) {
      Stream s = in;
      for (Slot<Layer> child : sequential.children()) {
        s = follow(join(path, child.name()), child, child.get(), s);
      }
      return s;
    }
    if (layer instanceof Identity || layer instanceof Dropout) {
      return in;
    }
    if (layer instanceof Residual && layer.slot("shortcut").get() instanceof Identity) {
      in.reads++;
      Slot<?> body = layer.slot("body");
      add(in, follow(join(path, "body"), body, body.get(), in));
      return in;
    }
    in.reads++;
    Stream out = new Stream();
    if (layer instanceof LayerNorm norm) {
      if (slot == null || norm.shape().length != 1 || shared.contains(norm)) {
        throw refused(path, "it must be over one dimension, and in one slot");
      }
      reads.add(new Read(path, slot, in, out));
      out.fix("'" + path + "', a norm, writes to it");
      return out;
    }
    in.fix("'" + path + "', " + layer + ", reads it");
    boolean alone = layer.parameters().values().stream().noneMatch(shared::contains);
    boolean attention =
        layer instanceof MultiheadAttention && layer.slot("out_proj").get() instanceof Linear;
    if (alone && (layer instanceof Linear || attention)) {
      in.reader = slot;
    }
    if (alone && (layer instanceof Linear || layer instanceof Embedding || attention)) {
      out.writers.add(layer);
    } else {
      out.fix(
          "'" + path + "', " + layer + (alone ? "" : " with shared weights") + ", writes to it");
    }
    return out;
  }

  /** What a residual body gives is added to its input's stream. */
  private static void add(Stream stream, Stream body) {
    body.reads++;
    stream.writers.addAll(body.writers);
    if (body.fixed != null) {
      stream.fix(body.fixed);
    }
  }

  private static IllegalArgumentException refused(String path, String why) {
    return new IllegalArgumentException(
        "the layer norm '" + path + "' cannot become an RMSNorm: " + why);
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static <T> Set<T> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** Layers and parameters that are in more than one place. */
  private static Set<Object> shared(Layer net) {
    Set<Object> seen = identitySet();
    Set<Object> twice = identitySet();
    List<Object> all = new ArrayList<>(net.stored().values());
    net.slots().values().forEach(slot -> all.add(slot.get()));
    all.stream().filter(o -> !seen.add(o)).forEach(twice::add);
    return twice;
  }
}
