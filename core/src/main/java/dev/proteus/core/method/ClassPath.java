package dev.proteus.core.method;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** Finds resources by their name's beginning, in the folders and jars of the class path. */
public final class ClassPath {
  private ClassPath() {}

  /**
   * Visits all resources under a package's folder.
   *
   * @param folder such as {@code dev/proteus}
   * @param wanted by name, such as {@code dev/proteus/core/nn/Layer.class}
   * @param visitor takes a wanted resource's name and content
   */
  public static void visit(
      ClassLoader loader,
      String folder,
      Predicate<String> wanted,
      BiConsumer<String, byte[]> visitor) {
    try {
      for (URL url : Collections.list(loader.getResources(folder))) {
        URLConnection connection = url.openConnection();
        if (connection instanceof JarURLConnection jar) {
          visitJar(jar.getJarFile(), folder, wanted, visitor);
        } else {
          visitFolder(Path.of(URI.create(url.toString())), folder, wanted, visitor);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + folder + " on the class path", e);
    }
  }

  private static void visitJar(
      JarFile jar, String folder, Predicate<String> wanted, BiConsumer<String, byte[]> visitor)
      throws IOException {
    for (JarEntry entry : Collections.list(jar.entries())) {
      String name = entry.getName();
      if (name.startsWith(folder + "/") && !entry.isDirectory() && wanted.test(name)) {
        try (InputStream in = jar.getInputStream(entry)) {
          visitor.accept(name, in.readAllBytes());
        }
      }
    }
  }

  private static void visitFolder(
      Path root, String folder, Predicate<String> wanted, BiConsumer<String, byte[]> visitor)
      throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(root)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      String name = folder + "/" + root.relativize(file).toString().replace('\\', '/');
      if (wanted.test(name)) {
        visitor.accept(name, Files.readAllBytes(file));
      }
    }
  }
}
