package io.perilune.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static JavaClasses engine;

    @BeforeAll
    static void read() {
        engine = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.perilune.engine");
    }

    @Test
    void only_the_adapter_knows_raft() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.perilune.engine.raft..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.perilune.raft..", "io.perilune.engine.raft..")
                .check(engine);
    }

    @Test
    void nothing_here_knows_http_json_or_the_interpreter() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.undertow..", "com.fasterxml..", "org.luaj..", "io.perilune.http..")
                .check(engine);
    }

    @Test
    void state_knows_neither_bytes_nor_entries_nor_threads() {
        noClasses()
                .that()
                .resideInAPackage("io.perilune.engine.state..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.perilune.engine.codec..",
                        "io.perilune.engine.apply..",
                        "io.perilune.engine.replication..",
                        "com.google.protobuf..",
                        "java.util.concurrent..",
                        "java.time..",
                        "java.io..")
                .check(engine);
    }

    @Test
    void what_decides_outcomes_has_no_clock_and_no_chance() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.perilune.engine.state..", "io.perilune.engine.codec..", "io.perilune.engine.apply..")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("java\\.util\\.Random|java\\.util\\.random\\..*|java\\.security\\.SecureRandom"
                        + "|java\\.time\\..*|java\\.util\\.UUID")
                .check(engine);
    }

    @Test
    void the_port_stands_alone() {
        classes()
                .that()
                .resideInAPackage("io.perilune.engine.replication..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.perilune.engine.replication..", "java..", "org.jspecify..")
                .check(engine);
    }
}
