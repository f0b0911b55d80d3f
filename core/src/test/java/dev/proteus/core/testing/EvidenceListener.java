package dev.proteus.core.testing;

import dev.proteus.core.method.CodeHash;
import dev.proteus.core.method.Evidence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Writes the evidence of methods after a run of the module {@code methods} with {@code
 * -Dproteus.evidence=update}: for each id whose {@link Exact} and {@link Reference} tests all
 * passed, which they are and of which code. Registered as a service; without the property it does
 * nothing.
 */
public final class EvidenceListener implements TestExecutionListener {
  private final boolean update;
  private final Path module;
  private final Map<String, EvidenceTests> passed = new TreeMap<>();
  private final Map<String, EvidenceTests> failed = new HashMap<>();
  private TestPlan plan;

  public EvidenceListener() {
    this("update".equals(System.getProperty("proteus.evidence")), Path.of("").toAbsolutePath());
  }

  /**
   * @param module folder that the tests run in
   */
  EvidenceListener(boolean update, Path module) {
    this.update = update && module.endsWith("methods");
    this.module = module;
  }

  /** Where the module {@code methods} keeps its evidence. */
  public static Path folder(Path module) {
    return module.resolve("src/main/resources").resolve(Evidence.FOLDER);
  }

  @Override
  public void testPlanExecutionStarted(TestPlan started) {
    plan = started;
  }

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    boolean success = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
    if (update && (test.isTest() || !success)) {
      record(test, success ? passed : failed);
    }
  }

  @Override
  public void executionSkipped(TestIdentifier test, String reason) {
    if (update) {
      record(test, failed);
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan finished) {
    if (!update || passed.isEmpty()) {
      return;
    }
    try {
      Map<String, String> code = CodeHash.all(module.getParent());
      Files.createDirectories(folder(module));
      for (Map.Entry<String, EvidenceTests> e : passed.entrySet()) {
        String id = e.getKey();
        if (!failed.containsKey(id) && code.containsKey(id)) {
          EvidenceTests tests = e.getValue();
          Evidence evidence =
              new Evidence(
                  id, List.copyOf(tests.exact()), List.copyOf(tests.reference()), code.get(id));
          Files.writeString(folder(module).resolve(id + ".json"), evidence.toJson());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A repetition's or dynamic test's source is its parent's method. */
  private void record(TestIdentifier test, Map<String, EvidenceTests> into) {
    TestIdentifier at = test;
    while (at != null) {
      TestSource source = at.getSource().orElse(null);
      if (source instanceof MethodSource method) {
        EvidenceTests.collect(method.getJavaClass(), method.getJavaMethod(), into);
        return;
      }
      at = plan.getParent(at).orElse(null);
    }
  }
}
