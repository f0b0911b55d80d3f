package dev.proteus.core.testing;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Disabled;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Tests that count as evidence of a method, by id.
 *
 * @param exact names of {@link Exact} tests, as {@code norm.RmsNormTest.scalesToUnitRms}
 * @param reference names of {@link Reference} tests
 */
public record EvidenceTests(Set<String> exact, Set<String> reference) {
  /** The package that the names leave out. */
  private static final String BASE = "dev.proteus.methods.";

  EvidenceTests() {
    this(new TreeSet<>(), new TreeSet<>());
  }

  /** All that the test classes of a folder declare, by the method's id. */
  public static Map<String, EvidenceTests> declared(Path testClasses) {
    Map<String, EvidenceTests> all = new TreeMap<>();
    List<Class<?>> classes =
        ReflectionSupport.findAllClassesInClasspathRoot(
            testClasses.toUri(), type -> true, name -> true);
    for (Class<?> type : classes) {
      for (Method test : tests(type)) {
        collect(type, test, all);
      }
    }
    return all;
  }

  /** Adds a test to the evidence of the methods that it or its class is marked with. */
  static void collect(Class<?> type, Method test, Map<String, EvidenceTests> all) {
    AnnotatedElement marked = test;
    if (!marked(test)) {
      Class<?> c = type;
      while (c != null && !marked(c)) {
        c = c.getEnclosingClass();
      }
      if (c == null) {
        return;
      }
      marked = c;
    }
    String name = type.getName() + "." + test.getName();
    name = name.startsWith(BASE) ? name.substring(BASE.length()) : name;
    Exact exact = marked.getAnnotation(Exact.class);
    if (exact != null) {
      all.computeIfAbsent(exact.value(), id -> new EvidenceTests()).exact.add(name);
    }
    Reference reference = marked.getAnnotation(Reference.class);
    if (reference != null) {
      all.computeIfAbsent(reference.value(), id -> new EvidenceTests()).reference.add(name);
    }
  }

  private static boolean marked(AnnotatedElement e) {
    return e.isAnnotationPresent(Exact.class) || e.isAnnotationPresent(Reference.class);
  }

  private static List<Method> tests(Class<?> type) {
    if (Modifier.isAbstract(type.getModifiers())
        || AnnotationSupport.isAnnotated(type, Disabled.class)) {
      return List.of();
    }
    return ReflectionSupport.findMethods(
        type,
        m ->
            AnnotationSupport.isAnnotated(m, Testable.class)
                && !AnnotationSupport.isAnnotated(m, Disabled.class),
        HierarchyTraversalMode.TOP_DOWN);
  }
}
