package io.perilune;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** This module sees all the others, so the direction between them is checked here. */
class ModulesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("io.perilune");

    @Test
    void raft_knows_no_script_no_json_and_nobody_above_it() {
        classes()
                .that()
                .resideInAPackage("io.perilune.raft..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.perilune.raft..",
                        "java..",
                        "javax.net..",
                        "com.google.protobuf..",
                        "io.undertow..",
                        "org.xnio..",
                        "org.slf4j..",
                        "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void scripting_knows_lua_and_nothing_else() {
        classes()
                .that()
                .resideInAPackage("io.perilune.scripting..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.perilune.scripting..", "java..", "org.luaj..", "org.objectweb.asm..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void only_the_second_tier_of_scripting_knows_the_jvms_bytecode() {
        noClasses()
                .that()
                .haveNameNotMatching("io\\.perilune\\.scripting\\.vm\\.(Translator|Emitter)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.objectweb.asm..")
                .check(CLASSES);
    }

    @Test
    void the_engine_knows_no_http_no_json_and_no_lua_machinery() {
        noClasses()
                .that()
                .resideInAPackage("io.perilune.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.perilune.http..",
                        "io.perilune.cli..",
                        "io.perilune.client..",
                        "io.undertow..",
                        "com.fasterxml..",
                        "org.luaj..",
                        "io.perilune.scripting.vm..")
                .check(CLASSES);
    }

    @Test
    void consensus_is_reached_through_its_port_alone() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.perilune.raft..", "io.perilune.engine.raft..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.perilune.raft..")
                .check(CLASSES);
    }

    @Test
    void nobody_but_scripting_touches_luaj() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.perilune.scripting..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.luaj..", "io.perilune.scripting.vm..")
                .check(CLASSES);
    }

    @Test
    void the_client_has_no_server_in_it() {
        noClasses()
                .that()
                .resideInAnyPackage("io.perilune.client..", "io.perilune.cli.demo..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.undertow..", "io.perilune.http..", "io.perilune.engine..")
                .check(CLASSES);
    }

    @Test
    void modules_depend_on_each_other_one_way() {
        slices().matching("io.perilune.(*)..").should().beFreeOfCycles().check(CLASSES);
    }
}
