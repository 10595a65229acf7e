package io.perilune.raft.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.perilune.raft.sim.SimulatedDisk;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    private static final StorageIdentity FIRST = new StorageIdentity(-5, 1);

    @Test
    void a_directory_remembers_whose_it_is(@TempDir Path path) throws Exception {
        Files files = new DiskFiles();
        try (var fresh = DataDirectory.open(files, path.resolve("a/b"))) {
            assertThat(fresh.identity()).isEmpty();
            fresh.claim(FIRST);
        }
        try (var again = DataDirectory.open(files, path.resolve("a/b"))) {
            assertThat(again.identity()).contains(FIRST);
            again.claim(FIRST);
            assertThatThrownBy(() -> again.claim(new StorageIdentity(-5, 2)))
                    .isInstanceOf(StorageRefusedException.class)
                    .hasMessageContaining(
                            "belongs to cluster fffffffffffffffb node 1, not to cluster fffffffffffffffb node 2");
        }
    }

    @Test
    void a_second_holder_in_this_process_is_refused(@TempDir Path path) throws Exception {
        Files files = new DiskFiles();
        var first = DataDirectory.open(files, path);
        assertThatThrownBy(() -> DataDirectory.open(files, path))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining("in use by the process with pid "
                        + ProcessHandle.current().pid());
        first.close();
        DataDirectory.open(files, path).close();
    }

    @Test
    void a_second_process_is_refused_and_told_the_first_ones_pid(@TempDir Path path) throws Exception {
        try (var held = DataDirectory.open(new DiskFiles(), path)) {
            assertThat(held.identity()).isEmpty();
            Process second = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Opener.class.getName(),
                            path.toString())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(second.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(output).contains("pid " + ProcessHandle.current().pid()).contains(path.toString());
            assertThat(second.exitValue()).isEqualTo(3);
        }
    }

    /** What the second process runs. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] args) {
            try (var opened = DataDirectory.open(new DiskFiles(), Path.of(args[0]))) {
                System.out.println("opened " + opened.path());
            } catch (StorageRefusedException refused) {
                System.out.println(refused.getMessage());
                System.exit(3);
            }
        }
    }

    @Test
    void data_without_an_identity_is_refused() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
        Path path = Path.of("/data");
        try (var directory = DataDirectory.open(disk, path)) {
            directory.claim(FIRST);
            Wal.open(
                    disk, directory.wal(), FIRST, WalHarness.SMALL, List.of(), Runnable::run, Recovery.Progress.SILENT);
        }
        disk.delete(path.resolve("identity"));
        try (var directory = DataDirectory.open(disk, path)) {
            assertThatThrownBy(() -> directory.claim(FIRST))
                    .hasMessageContaining("is missing, but the directory holds data");
        }
    }

    @Test
    void an_identity_file_damaged_anywhere_is_refused() throws Exception {
        SimulatedDisk disk = new SimulatedDisk(new SplittableRandom(1));
        Path path = Path.of("/data");
        try (var directory = DataDirectory.open(disk, path)) {
            directory.claim(FIRST);
        }
        byte[] whole = disk.content(path.resolve("identity"));
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            assertRefused(disk, path, flipped);
            assertRefused(disk, path, Arrays.copyOf(whole, at));
        }
        disk.overwrite(path.resolve("identity"), whole);
        DataDirectory.open(disk, path).close();
    }

    private static void assertRefused(SimulatedDisk disk, Path path, byte[] content) {
        disk.overwrite(path.resolve("identity"), content);
        assertThatThrownBy(() -> DataDirectory.open(disk, path))
                .isInstanceOf(StorageRefusedException.class)
                .hasMessageContaining("/data/identity");
    }
}
