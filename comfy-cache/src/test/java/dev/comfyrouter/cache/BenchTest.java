package dev.comfyrouter.cache;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A test with a web server and a directory of its own, in which it opens caches itself.
abstract class BenchTest {

    Bench bench;

    @BeforeEach
    void startBench(@TempDir Path temporary) {
        bench = new Bench(temporary);
    }

    @AfterEach
    void stopBench() {
        bench.close();
    }
}
