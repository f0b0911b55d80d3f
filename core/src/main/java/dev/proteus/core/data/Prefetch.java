package dev.proteus.core.data;

import dev.proteus.core.tensor.Scope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

/** Loads batches ahead of their use on threads of its own and hands them out in order. */
final class Prefetch implements AutoCloseable {
  private static final int AHEAD_PER_WORKER = 2;

  private final ThreadPoolExecutor pool;
  private final LongFunction<Batch> load;
  private final int ahead;
  private final long end;
  private final Deque<Future<Batch>> loading = new ArrayDeque<>();
  private long next;
  private long submitted;

  Prefetch(int workers, long from, long end, LongFunction<Batch> load) {
    this.load = load;
    this.end = end;
    this.next = from;
    this.submitted = from;
    this.ahead = AHEAD_PER_WORKER * workers;
    pool =
        new ThreadPoolExecutor(
            workers, workers, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Prefetch::thread);
    // Idle threads end by themselves, so that even an epoch nobody closed leaves none behind.
    pool.allowCoreThreadTimeOut(true);
    fill();
  }

  private static Thread thread(Runnable r) {
    Thread t = new Thread(r, "proteus-prefetch");
    t.setDaemon(true);
    return t;
  }

  private void fill() {
    while (submitted < end && loading.size() < ahead) {
      long batch = submitted++;
      loading.add(pool.submit(() -> load(batch)));
    }
  }

  /** The scope frees what loading leaves behind; the batch itself is kept for its consumer. */
  private Batch load(long batch) {
    try (Scope s = Scope.open()) {
      Batch b = load.apply(batch);
      s.keep(b.input());
      if (b.target() != null) {
        s.keep(b.target());
      }
      return b;
    }
  }

  /** The next batch, in the caller's scope. */
  Batch take() {
    if (pool.isShutdown()) {
      throw new IllegalStateException("this epoch is closed");
    }
    try {
      Batch b = loading.remove().get();
      next++;
      fill();
      Scope here = Scope.current();
      if (here != null) {
        adopt(here, b);
      }
      return b;
    } catch (ExecutionException e) {
      close();
      Throwable cause = e.getCause();
      throw new IllegalStateException("batch " + next + ": " + cause.getMessage(), cause);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for batch " + next, e);
    }
  }

  private static void adopt(Scope scope, Batch b) {
    scope.adopt(b.input());
    if (b.target() != null) {
      scope.adopt(b.target());
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
    boolean interrupted = Thread.interrupted();
    try (Scope s = Scope.open()) {
      pool.awaitTermination(1, TimeUnit.MINUTES);
      for (Future<Batch> f : loading) {
        if (f.isDone()) {
          free(s, f);
        }
      }
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      loading.clear();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void free(Scope scope, Future<Batch> f) throws InterruptedException {
    try {
      adopt(scope, f.get());
    } catch (ExecutionException e) {
      // Nobody asked for this batch any more, so its failure is nobody's either.
    }
  }
}
