package io.perilune.scripting.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.scripting.ChildJvm;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Random programs come to the same results, gas, memory and words whether they are interpreted, translated before they
 * first run, or translated while they run. {@code -Dperilune.programs=N} runs more of them, {@code -Dperilune.seed=S}
 * the same again.
 */
class TiersTest {
    private static final String COUNT = System.getProperty("perilune.programs", "400");
    private static final String SEED = System.getProperty(
            "perilune.seed", Integer.toString(RandomGenerator.getDefault().nextInt(1 << 30)));

    @Test
    void random_programs_come_to_the_same_in_both_tiers() throws IOException, InterruptedException {
        System.out.println("random programs in both tiers: " + COUNT + " from seed " + SEED);

        var interpreted = run("off");

        assertThat(interpreted).hasSize(Integer.parseInt(COUNT));
        assertThat(run("always")).isEqualTo(interpreted);
        assertThat(run("on")).isEqualTo(interpreted);
    }

    private static List<String> run(String mode) throws IOException, InterruptedException {
        return ChildJvm.run(ChildJvm.HERE, List.of("-Dperilune.jit=" + mode), RandomPrograms.class, SEED, COUNT)
                .lines()
                .toList();
    }
}
