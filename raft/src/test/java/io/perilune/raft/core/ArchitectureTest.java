package io.perilune.raft.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final String[] PURE = {
        "io.perilune.raft.core..",
        "io.perilune.raft.quorum..",
        "io.perilune.raft.tracker..",
        "io.perilune.raft.confchange.."
    };
    private static final JavaClasses RAFT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.perilune.raft");

    @Test
    void the_core_has_no_clock_thread_io_chance_or_logger() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..",
                        "java.nio.file..",
                        "java.nio.channels..",
                        "java.net..",
                        "java.time..",
                        "java.util.concurrent..",
                        "java.util.logging..",
                        "java.lang.System$Logger",
                        "org.slf4j..",
                        "io.undertow..",
                        "java.security..")
                .check(RAFT);
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.System")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Math$RandomNumberGeneratorHolder")
                .check(RAFT);
    }

    @Test
    void only_the_assertion_of_ownership_knows_of_threads() {
        noClasses()
                .that()
                .resideInAnyPackage(PURE)
                .and()
                .doNotHaveFullyQualifiedName(Turn.class.getName())
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .check(RAFT);
    }

    @Test
    void the_core_depends_on_protobuf_its_algebra_and_nothing_else() {
        classes()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "com.google.protobuf..",
                        "org.jspecify..",
                        "io.perilune.raft.proto..",
                        "io.perilune.raft.core..",
                        "io.perilune.raft.quorum..",
                        "io.perilune.raft.tracker..",
                        "io.perilune.raft.confchange..")
                .check(RAFT);
    }

    @Test
    void the_algebra_does_not_know_the_core() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.perilune.raft.quorum..", "io.perilune.raft.tracker..", "io.perilune.raft.confchange..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.perilune.raft.core..")
                .check(RAFT);
        noClasses()
                .that()
                .resideInAnyPackage("io.perilune.raft.quorum..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.perilune.raft.tracker..", "io.perilune.raft.confchange..", "io.perilune.raft.proto..")
                .check(RAFT);
        noClasses()
                .that()
                .resideInAnyPackage("io.perilune.raft.tracker..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.perilune.raft.confchange..", "io.perilune.raft.proto..")
                .check(RAFT);
    }
}
