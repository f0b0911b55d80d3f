package dev.proteus.core.surgery;

import dev.proteus.core.nn.Layer;
import dev.proteus.core.nn.Slot;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Layers that were replaced, and the way back: {@link #undo()} puts the very layers that were there
 * back in their slots, last first. Edits nest: the later one is undone first.
 */
public final class Edit implements AutoCloseable {
  private record Change(String path, Slot<?> slot, Layer before, Layer after) {}

  private final Deque<Change> changes = new ArrayDeque<>();

  Edit() {}

  /** No change at all. */
  public static Edit none() {
    return new Edit();
  }

  void replace(String path, Slot<?> slot, Layer after) {
    changes.push(new Change(path, slot, slot.replace(after), after));
  }

  /**
   * Puts the layers back; a second call does nothing.
   *
   * @throws IllegalStateException naming the path where a later edit is still in place; nothing is
   *     changed then
   */
  public void undo() {
    for (Change c : changes) {
      if (c.slot.get() != c.after) {
        throw new IllegalStateException(
            "'" + c.path + "' was replaced again since; undo that edit first");
      }
    }
    while (!changes.isEmpty()) {
      Change c = changes.pop();
      c.slot.replace(c.before);
    }
  }

  /** {@link #undo()}. */
  @Override
  public void close() {
    undo();
  }
}
