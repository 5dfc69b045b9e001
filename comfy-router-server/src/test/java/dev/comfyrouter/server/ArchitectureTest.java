package dev.comfyrouter.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Who may know whom. A failing rule here is a design discussion, not a test to be adjusted.
class ArchitectureTest {
    private static final String ROOT = "dev.comfyrouter.";
    private static final String SERVER = ROOT + "server.";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.comfyrouter");

    @Test
    void dataFlowsOneWayThroughTheServer() {
        check(layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.comfyrouter.server..")
                .layer("root")
                .definedBy("dev.comfyrouter.server")
                .layer("http")
                .definedBy(SERVER + "http")
                .layer("config")
                .definedBy(SERVER + "config")
                .layer("schedule")
                .definedBy(SERVER + "schedule")
                .layer("download")
                .definedBy(SERVER + "download")
                .layer("node")
                .definedBy(SERVER + "node")
                .layer("store")
                .definedBy(SERVER + "store")
                .layer("result")
                .definedBy(SERVER + "result")
                .layer("task")
                .definedBy(SERVER + "task")
                .layer("time")
                .definedBy(SERVER + "time")
                .whereLayer("root")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("root")
                .whereLayer("config")
                .mayOnlyBeAccessedByLayers("root", "http")
                .whereLayer("schedule")
                .mayOnlyBeAccessedByLayers("root", "http")
                .whereLayer("download")
                .mayOnlyBeAccessedByLayers("root", "http", "schedule")
                .whereLayer("store")
                .mayOnlyBeAccessedByLayers("root", "http", "schedule")
                .whereLayer("node")
                .mayOnlyBeAccessedByLayers("root", "http", "schedule", "store")
                .whereLayer("result")
                .mayOnlyBeAccessedByLayers("root", "http", "schedule")
                .whereLayer("time")
                .mayNotAccessAnyLayer()
                .as("data flows one way: request, files, placement, node, result, subscribers"));
    }

    @Test
    void theStoreKnowsOfNodesOnlyHowTheyAreDescribed() {
        check(noClasses()
                .that()
                .resideInAPackage(SERVER + "store")
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "belong to server.node and are not NodeSpec",
                        type -> type.getPackageName().equals(SERVER + "node")
                                && !type.getSimpleName().equals("NodeSpec")))
                .because("what a node is at the moment is the node's own to say"));
    }

    @Test
    void packagesOfTheServerFormNoCycles() {
        check(slices().matching("dev.comfyrouter.server.(*)..").should().beFreeOfCycles());
    }

    @Test
    void noLibraryKnowsTheServer() {
        check(noClasses()
                .that()
                .resideInAnyPackage(ROOT + "workflows", ROOT + "client", ROOT + "cache", ROOT + "testkit")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.comfyrouter.server..")
                .because("the libraries are used without a router"));
    }

    @Test
    void theWorkflowsNeedJacksonAlone() {
        check(noClasses()
                .that()
                .resideInAPackage(ROOT + "workflows")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("java..", "com.fasterxml.jackson..", "org.jspecify..", ROOT + "workflows")
                .because("a recipe is useful to somebody with one GPU and no router"));
    }

    @Test
    void theClientKnowsNoOtherLibraryThanTheWorkflows() {
        check(noClasses()
                .that()
                .resideInAPackage(ROOT + "client")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + "cache", ROOT + "testkit")
                .because("architecture: client may use the workflows only"));
    }

    @Test
    void theCacheKnowsNoOtherLibrary() {
        check(noClasses()
                .that()
                .resideInAPackage(ROOT + "cache")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + "workflows", ROOT + "client", ROOT + "testkit")
                .because("the cache is useful without ComfyUI"));
    }

    @Test
    void onlyHttpAndTheTestKitUseHelidon() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(SERVER + "http", ROOT + "testkit", "dev.comfyrouter.examples")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.helidon..")
                .because("the web framework stays behind the HTTP door"));
    }

    @Test
    void onlyTheStoreKnowsTheDatabase() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage(SERVER + "store")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql", "javax.sql", "org.sqlite..", "org.flywaydb..")
                .because("one owner per fact: the store owns the state of tasks"));
    }

    @Test
    void nobodySleeps() {
        check(noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", Duration.class)
                .because("every wait is a wait for something, with a time-out, and can be ended"));
    }

    private static void check(ArchRule rule) {
        rule.check(CLASSES);
    }
}
