package io.perilune.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {
    @ParameterizedTest
    @CsvSource({
        "call:bank/pay, bank, pay, true",
        "call:bank/pay, bank, pays, false",
        "call:bank/pay*, bank, pays, true",
        "call:bank/pay*, bank, pay, true",
        "call:bank/*pay, bank, repay, true",
        "call:bank/p*y*d, bank, payed, true",
        "call:bank/p*y*d, bank, paye, false",
        "call:bank/*, bank2, pay, false",
        "call:b*/*, bank2, pay, true",
        "call:*/*, anything, at_all, true",
        "read:bank, bank, pay, false",
    })
    void callsMatchByMachineAndCommand(String scope, String machine, String command, boolean allowed) {
        assertThat(Scope.parse(scope).allowsCall(machine, command)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "metrics", "deploy:bank", "read:*", "call:bank/pay*"})
    void aScopeReadsAsItWasWritten(String scope) {
        assertThat(Scope.parse(scope)).hasToString(scope);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "root",
                "admin:bank",
                "metrics:x",
                "deploy",
                "deploy:",
                "read:Bank",
                "read:a/b",
                "call:bank",
                "call:bank/",
                "call:/pay",
                "call:bank/pay/x",
                "call:bank/p y",
                "read:\u00e4",
                "ADMIN",
                " admin"
            })
    void whatIsNoScopeIsRefusedWithWhatIs(String scope) {
        assertThatThrownBy(() -> Scope.parse(scope))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("call:MACHINE/COMMAND");
    }

    @Test
    void aPatternOfManyStarsIsMatchedWithoutTryingEverything() {
        var stars = Scope.parse("call:m/" + "*a".repeat(32));
        assertThat(stars.allowsCall("m", "a".repeat(63) + "b")).isFalse();
    }
}
