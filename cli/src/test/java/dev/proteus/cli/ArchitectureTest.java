package dev.proteus.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.proteus.core.method.Catalogue;
import dev.proteus.core.method.Paper;
import java.util.Map;
import java.util.stream.Collectors;

/** The walls of the house: which package may know which. */
@AnalyzeClasses(
    packages = "dev.proteus",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule ONLY_TENSOR_KNOWS_THE_ENGINE =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.proteus.core.tensor")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco..");

  @ArchTest
  static final ArchRule MODULES_DEPEND_ONE_WAY =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("core")
          .definedBy("dev.proteus.core..")
          .optionalLayer("models")
          .definedBy("dev.proteus.models..")
          .optionalLayer("methods")
          .definedBy("dev.proteus.methods..")
          .layer("lab")
          .definedBy("dev.proteus.lab..")
          .layer("cli")
          .definedBy("dev.proteus.cli..")
          .whereLayer("core")
          .mayNotAccessAnyLayer()
          .whereLayer("models")
          .mayOnlyAccessLayers("core")
          .whereLayer("methods")
          .mayOnlyAccessLayers("core", "models")
          .whereLayer("lab")
          .mayOnlyAccessLayers("core", "models", "methods")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer();

  @ArchTest
  static final ArchRule CORE_DEPENDS_ONE_WAY =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("tensor")
          .definedBy("dev.proteus.core.tensor")
          .layer("nn")
          .definedBy("dev.proteus.core.nn")
          .optionalLayer("surgery")
          .definedBy("dev.proteus.core.surgery")
          .layer("method")
          .definedBy("dev.proteus.core.method")
          .layer("optim")
          .definedBy("dev.proteus.core.optim")
          .layer("data")
          .definedBy("dev.proteus.core.data..")
          .layer("io")
          .definedBy("dev.proteus.core.io")
          .layer("adapter")
          .definedBy("dev.proteus.core.adapter")
          .layer("train")
          .definedBy("dev.proteus.core.train")
          .whereLayer("tensor")
          .mayNotAccessAnyLayer()
          .whereLayer("nn")
          .mayOnlyAccessLayers("tensor")
          .whereLayer("surgery")
          .mayOnlyAccessLayers("tensor", "nn")
          .whereLayer("method")
          .mayOnlyAccessLayers("tensor", "nn", "data")
          .whereLayer("optim")
          .mayOnlyAccessLayers("tensor", "nn", "method")
          .whereLayer("data")
          .mayOnlyAccessLayers("tensor")
          .whereLayer("io")
          .mayOnlyAccessLayers("tensor")
          .whereLayer("adapter")
          .mayOnlyAccessLayers("tensor", "nn", "surgery", "method", "io")
          .whereLayer("train")
          .mayNotBeAccessedByAnyLayer();

  @ArchTest
  static final ArchRule FAMILIES_DO_NOT_KNOW_EACH_OTHER =
      slices()
          .matching("dev.proteus.methods.(*)..")
          .should()
          .notDependOnEachOther()
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule ONLY_THE_COMMAND_PRINTS =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.proteus.cli..")
          .should()
          .accessField(System.class, "out")
          .because("standard output carries results, and one JSON value under --json");

  @ArchTest
  static final ArchRule LOGS_GO_THROUGH_SLF4J =
      noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging..");

  @ArchTest
  static final ArchRule PAPERS_ARE_IN_THE_CATALOGUE =
      classes()
          .that(describe("carry a @Paper", c -> c.isAnnotatedWith(Paper.class)))
          .should(new BeInTheCatalogue())
          .allowEmptyShould(true);

  /** The id exists, and a type among the methods lies in its family's package. */
  private static final class BeInTheCatalogue extends ArchCondition<JavaClass> {
    private final Map<String, String> families =
        Catalogue.load().all().stream()
            .collect(Collectors.toMap(Catalogue.Entry::id, Catalogue.Entry::family));

    BeInTheCatalogue() {
      super("be in the catalogue and in the package of their family");
    }

    @Override
    public void check(JavaClass type, ConditionEvents events) {
      String family = families.get(type.getAnnotationOfType(Paper.class).id());
      boolean atHome =
          !type.getPackageName().startsWith("dev.proteus.methods.")
              || (type.getPackageName() + ".").startsWith("dev.proteus.methods." + family + ".");
      events.add(
          new SimpleConditionEvent(
              type,
              family != null && atHome,
              type.getName()
                  + (family == null
                      ? " names a paper that the catalogue does not have"
                      : " belongs to the family " + family)));
    }
  }
}
