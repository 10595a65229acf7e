package io.perilune.scripting;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.scripting.vm.Meter;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * No charge changes unnoticed. If this fails, replicas of the last version and of this one would come to different
 * answers: {@code Meter.SCHEDULE} needs a new version, with a row in {@code GAS.md}, and the sums here are then its own.
 */
class GasScheduleTest {
    @Test
    void the_corpora_use_what_this_version_of_the_schedule_says() throws IOException {
        var usages = CorpusHash.bodies().stream()
                .map(CorpusHash::usage)
                .filter(Objects::nonNull)
                .toList();

        var gas = usages.stream().mapToLong(Outcome.Usage::gas).sum();
        var memory = usages.stream().mapToLong(Outcome.Usage::memoryBytes).sum();
        assertThat("version %d: %d programs, gas %d, memory %d".formatted(Meter.SCHEDULE, usages.size(), gas, memory))
                .isEqualTo("version 1: 378 programs, gas 21855350, memory 118273682");
    }
}
