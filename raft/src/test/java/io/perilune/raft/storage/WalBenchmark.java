package io.perilune.raft.storage;

import io.perilune.raft.proto.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * How long a forced append takes on a disk, and how fast a log is read at start. Run with a directory on the disk in
 * question: {@code java -cp ... io.perilune.raft.storage.WalBenchmark DIR [APPENDS]}.
 */
public final class WalBenchmark {
    private WalBenchmark() {}

    public static void main(String[] args) throws StorageRefusedException, IOException {
        Path directory = Path.of(args[0]);
        int appends = args.length > 1 ? Integer.parseInt(args[1]) : 5000;
        ExecutorService background = Executors.newSingleThreadExecutor();
        try {
            measure(directory.resolve("warm-up"), background, appends / 2, 1, 256);
            measure(directory.resolve("single"), background, appends, 1, 256);
            measure(directory.resolve("group"), background, appends, 64, 256);
            measure(directory.resolve("large"), background, appends / 5, 64, 4096);
            recover(directory.resolve("recover"), background);
        } finally {
            background.shutdown();
        }
    }

    private static Wal.Opened open(Path directory, ExecutorService background) throws StorageRefusedException {
        return Wal.open(
                new DiskFiles(),
                directory,
                new StorageIdentity(1, 1),
                WalOptions.DEFAULT.withReserveBytes(0),
                List.of(),
                background,
                Recovery.Progress.SILENT);
    }

    private static void measure(Path directory, ExecutorService background, int appends, int batches, int bytes)
            throws StorageRefusedException {
        Wal wal = open(directory, background).wal();
        long[] micros = new long[appends];
        long index = 1;
        long started = System.nanoTime();
        for (int i = 0; i < appends; i++) {
            Batch[] group = new Batch[batches];
            for (int j = 0; j < batches; j++) {
                group[j] = Batch.of(WalHarness.entries(index, index, 1, bytes), null);
                index++;
            }
            long before = System.nanoTime();
            if (!(wal.append(Arrays.asList(group)) instanceof Appended.Done)) {
                throw new IllegalStateException(wal.status().toString());
            }
            micros[i] = (System.nanoTime() - before) / 1000;
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        Arrays.sort(micros);
        System.out.printf(
                "%3d x %4d B: p50 %d us, p90 %d us, p99 %d us, p99.9 %d us, max %d us, %.0f entries/s, %d segments%n",
                batches,
                bytes,
                micros[appends / 2],
                micros[appends * 9 / 10],
                micros[appends * 99 / 100],
                micros[appends * 999 / 1000],
                micros[appends - 1],
                appends * (double) batches / seconds,
                wal.status().segments());
        wal.close();
    }

    private static void recover(Path directory, ExecutorService background) throws StorageRefusedException {
        Wal wal = open(directory, background).wal();
        for (long index = 1; index <= 1_000_000; index += 1000) {
            List<Entry> thousand = WalHarness.entries(index, index + 999, 1, 100);
            wal.append(List.of(Batch.of(thousand, null)));
        }
        wal.close();
        long before = System.nanoTime();
        Wal.Opened again = open(directory, background);
        double seconds = (System.nanoTime() - before) / 1e9;
        System.out.printf("read 1,000,000 entries of 100 B in %.2f s: %.0f entries/s%n", seconds, 1e6 / seconds);
        again.wal().close();
    }
}
