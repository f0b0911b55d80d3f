package dev.proteus.methods.tta;

import dev.proteus.core.method.OnlineAdapter;
import dev.proteus.core.method.Paper;
import dev.proteus.core.method.Require;
import dev.proteus.core.nn.Layer;
import dev.proteus.core.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * RDumb: {@link Eata} without its Fisher term, reset to the source every so many batches.
 *
 * @param eta what adapts; its fisher must be 0
 * @param every batches between two resets
 * @see <a href="https://arxiv.org/abs/2306.05401">RDumb: A simple approach that questions our
 *     progress in continual test-time adaptation</a>
 */
@Paper(id = "rdumb")
public record RDumb(Eata eta, int every) implements OnlineAdapter {
  private static final String BATCHES = "rdumb/batches";

  public RDumb() {
    this(new Eata(2.5e-4, 0.4, 0.05, 0, 1), 1000);
  }

  public RDumb {
    Require.positive("every", every);
  }

  @Override
  public Session attach(Layer net) {
    return new Resetting(eta.attach(net));
  }

  private final class Resetting implements Session {
    private final Session inner;
    private long batches;

    Resetting(Session inner) {
      this.inner = inner;
    }

    @Override
    public Tensor predict(Tensor x) {
      if (batches == every) {
        reset();
      }
      batches++;
      return inner.predict(x);
    }

    @Override
    public void reset() {
      inner.reset();
      batches = 0;
    }

    @Override
    public Map<String, Tensor> snapshot() {
      Map<String, Tensor> all = new LinkedHashMap<>(inner.snapshot());
      all.put(BATCHES, Tensor.of(new long[] {batches}, 1).retain());
      return all;
    }

    @Override
    public void restore(Map<String, Tensor> snapshot) {
      Map<String, Tensor> rest = new LinkedHashMap<>(snapshot);
      batches = rest.remove(BATCHES).itemLong();
      inner.restore(rest);
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
