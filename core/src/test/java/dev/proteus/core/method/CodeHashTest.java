package dev.proteus.core.method;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CodeHashTest {
  @TempDir Path root;

  @Test
  void ignoresCommentsAndLayoutButNotLiterals() {
    assertThat(CodeHash.normalised("/** doc */ int  a = 1; // one\n\tint b=2;"))
        .isEqualTo("inta=1;intb=2;");
    assertThat(CodeHash.normalised("String s = \"a // b \\\" /* c */\"; char c = '\"'; // x"))
        .isEqualTo("Strings=\"a // b \\\" /* c */\";charc='\"';");
    assertThat(CodeHash.normalised("x = \"\"\"\n  // \"kept\" \\\"\"\"\n\"\"\" + y /* */;"))
        .isEqualTo("x=\"\"\"\n  // \"kept\" \\\"\"\"\n\"\"\"+y;");
  }

  @Test
  void survivesLongLiterals() {
    String literal = "\"" + "x".repeat(200_000) + "\"";
    assertThat(CodeHash.normalised(literal + " ")).isEqualTo(literal);
  }

  @Test
  void coversAllFilesOfAMethodAndOnlyThose() throws IOException {
    write("A.java", "@Paper(id = \"one\") class A { int x = 1; }");
    write("B.java", "@Paper(id = \"one\") class B {}");
    write("C.java", "/** Like @Paper(id = \"one\"). */ @Paper(id = \"two\") class C {}");
    String one = CodeHash.all(root).get("one");
    assertThat(CodeHash.all(root)).containsOnlyKeys("one", "two");

    write("A.java", "@Paper(\n  id = \"one\")\nclass A { int x = 1; /* the same */ }");
    write("C.java", "@Paper(id = \"two\") class C { int y; }");
    assertThat(CodeHash.all(root)).containsEntry("one", one);

    write("B.java", "@Paper(id = \"one\") class B { int y; }");
    assertThat(CodeHash.all(root).get("one")).isNotEqualTo(one);
  }

  private void write(String name, String source) throws IOException {
    Path folder = Files.createDirectories(root.resolve("methods/src/main/java/p"));
    Files.writeString(folder.resolve(name), source);
  }
}
