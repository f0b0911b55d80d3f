package dev.proteus.core.tensor;

import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.pytorch.global.torch;

/** The native engine: loading, threads, and the brake on tensors that no scope owns. */
public final class Engine {
  /** Unscoped bytes between two garbage collections. */
  private static final long UNSCOPED_LIMIT = 512L << 20;

  private static final AtomicLong UNSCOPED = new AtomicLong();

  private static final ThreadLocal<Boolean> UNCOUNTED = ThreadLocal.withInitial(() -> false);

  static {
    // Without these JavaCPP reads the process' memory on every allocation, at twice the op's cost.
    for (String limit : new String[] {"maxBytes", "maxPhysicalBytes"}) {
      String key = "org.bytedeco.javacpp." + limit;
      if (System.getProperty(key) == null) {
        System.setProperty(key, "0");
      }
    }
    try {
      torch.get_num_threads();
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      throw new TensorException(
          "libtorch's natives are not on the class path for "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + "; add org.bytedeco:pytorch with that classifier",
          e);
    }
  }

  private Engine() {}

  /** Loads the natives, once; every entry point calls it. */
  static void load() {
    // The static initialiser does the work.
  }

  /** Threads that one operator may use. */
  public static int threads() {
    return torch.get_num_threads();
  }

  public static void threads(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but is " + n);
    }
    torch.set_num_threads(n);
  }

  /** Counts tensors again when it closes. */
  public static final class Uncounted implements AutoCloseable {
    private final boolean before = UNCOUNTED.get();

    private Uncounted() {
      UNCOUNTED.set(true);
    }

    @Override
    public void close() {
      UNCOUNTED.set(before);
    }
  }

  /**
   * Until the result is closed, this thread's tensors do not bring the next garbage collection
   * nearer: for views of memory that was counted when it was allocated, or is a mapped file.
   */
  public static Uncounted uncounted() {
    return new Uncounted();
  }

  /**
   * Counts a tensor born without a scope. Only the garbage collector frees those, and it does not
   * see native memory: each 512 MB it is asked to run. Forgetting a scope is slow, never fatal.
   */
  @SuppressWarnings("ThreadPriorityCheck")
  static void countUnscoped(org.bytedeco.pytorch.Tensor t) {
    if (!t.defined() || t.is_meta() || UNCOUNTED.get()) {
      return;
    }
    if (UNSCOPED.addAndGet(t.nbytes()) > UNSCOPED_LIMIT) {
      UNSCOPED.set(0);
      System.gc();
      // JavaCPP frees on a thread of its own, when the collector has enqueued the references.
      Thread.yield();
    }
  }
}
