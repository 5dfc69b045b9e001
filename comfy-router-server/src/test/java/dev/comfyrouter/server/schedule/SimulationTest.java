package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The real dispatcher, runner, watches and store over simulated time and servers, with faults of every kind.
///
/// Every build does the same runs, so that it fails by what was changed. `-Dcomfyrouter.seed=<number>` repeats a run;
/// with `-Pchaos` there are others each time, `-Dcomfyrouter.seeds=<number>` of them.
class SimulationTest {
    private static final Logger ROUTER = Logger.getLogger("dev.comfyrouter.server");

    @BeforeAll
    static void quiet() {
        ROUTER.setLevel(Level.OFF); // nodes that die are told of thousands of times
    }

    @AfterAll
    static void loud() {
        ROUTER.setLevel(null);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 662_436})
    void everyPromiseIsKeptWhateverNodesDo(long seed) throws Exception {
        simulate(Long.getLong("comfyrouter.seed", seed), 150);
    }

    @Test
    void theSameSeedIsTheSameRun() throws Exception {
        assertThat(simulate(7, 60)).isEqualTo(simulate(7, 60));
    }

    @Test
    @Tag("chaos")
    @Timeout(value = 2, unit = TimeUnit.HOURS) // as many as one asks for
    void everyPromiseIsKeptForManySeeds() throws Exception {
        List<String> broken = new ArrayList<>();
        long first = seed();
        for (long seed = first; seed < first + Long.getLong("comfyrouter.seeds", 100); seed++) {
            try {
                simulate(seed, 300);
            } catch (AssertionError found) {
                broken.add(found.getMessage());
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    @Tag("chaos")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void everyPromiseIsKeptForTenThousandTasks() throws Exception {
        simulate(seed(), 10_000);
    }

    private static long seed() {
        return Long.getLong("comfyrouter.seed", new Random().nextLong(1_000_000));
    }

    private static String simulate(long seed, int tasks) throws IOException, InterruptedException {
        Path directory = directory();
        try {
            Simulation simulation = new Simulation(seed, tasks, directory);
            List<String> broken = simulation.run();
            System.out.println(simulation);
            assertThat(broken).as("repeat with -Dcomfyrouter.seed=%d", seed).isEmpty();
            return simulation.toString();
        } finally {
            delete(directory);
        }
    }

    /// In memory where the system has such a place: the order of commits is tested here, not the disk.
    private static Path directory() throws IOException {
        Path memory = Path.of("/dev/shm");
        return Files.isWritable(memory)
                ? Files.createTempDirectory(memory, "simulation-")
                : Files.createTempDirectory("simulation-");
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
