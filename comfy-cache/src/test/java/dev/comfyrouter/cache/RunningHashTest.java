package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunningHashTest {

    /// Feeds a file in pieces of random sizes, through the buffers that the hash gives back.
    private static void feed(RunningHash hash, byte[] file, long seed) throws InterruptedException {
        var random = new Random(seed);
        var buffer = new byte[1 << 16];
        for (var from = 0; from < file.length; ) {
            var count = Math.min(1 + random.nextInt(buffer.length), file.length - from);
            System.arraycopy(file, from, buffer, 0, count);
            buffer = hash.add(buffer, count);
            from += count;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 9_000_000})
    void itIsTheHashOfAllBytesWhereverTheyWereHashed(int length) throws Exception {
        var file = Bench.bytes(length, length);
        var hash = new RunningHash();
        feed(hash, file, 1);
        assertThat(hash.length()).isEqualTo(length);
        assertThat(hash.sha256()).isEqualTo(Bench.sha256(file));
    }

    @Test
    void itGoesOnAfterItWasAskedFor() throws Exception {
        var file = Bench.bytes(3, 3_000_000);
        var hash = new RunningHash();
        feed(hash, Arrays.copyOf(file, 2_000_000), 1);
        assertThat(hash.sha256()).isEqualTo(Bench.sha256(Arrays.copyOf(file, 2_000_000)));
        feed(hash, Arrays.copyOfRange(file, 2_000_000, 3_000_000), 2);
        assertThat(hash.sha256()).isEqualTo(Bench.sha256(file));
    }

    @Test
    void whatWasForgottenInTheMiddleLeavesNoTrace() throws Exception {
        var file = Bench.bytes(4, 2_500_000);
        var hash = new RunningHash();
        for (var round = 0; round < 20; round++) {
            feed(hash, Bench.bytes(round, 2_000_000), round);
            hash.reset();
            assertThat(hash.length()).isZero();
        }
        feed(hash, file, 1);
        assertThat(hash.sha256()).isEqualTo(Bench.sha256(file));
    }

    @Test
    void itBeginsWithWhatIsOnDisk(@TempDir Path directory) throws Exception {
        var file = Bench.bytes(5, 3_000_000);
        var part = Files.write(directory.resolve("part"), Arrays.copyOf(file, 1_700_000));
        var hash = new RunningHash();
        hash.restart(part, 1_700_000);
        feed(hash, Arrays.copyOfRange(file, 1_700_000, 3_000_000), 1);
        assertThat(hash.sha256()).isEqualTo(Bench.sha256(file));
    }
}
