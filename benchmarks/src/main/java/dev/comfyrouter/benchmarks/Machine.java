package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/// What the measurements ran on.
final class Machine {
    private static final int WRITES = 200;

    private Machine() {}

    static String describe() throws IOException {
        return first("/proc/cpuinfo", "model name") + ", "
                + Runtime.getRuntime().availableProcessors() + " cores, " + first("/proc/meminfo", "MemTotal") + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                + System.getProperty("java.vm.name") + " " + Runtime.version() + ", a forced 4 KiB write takes "
                + forcedWrite();
    }

    private static String first(String file, String name) throws IOException {
        if (!Files.exists(Path.of(file))) {
            return System.getProperty("os.arch");
        }
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        }
    }

    /// What a commit waits for.
    private static Samples forcedWrite() throws IOException {
        Path file = Files.createTempFile("comfy-router-benchmark", null);
        Samples samples = new Samples();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int i = 0; i < WRITES; i++) {
                long start = System.nanoTime();
                channel.write(ByteBuffer.allocate(4096));
                channel.force(true);
                samples.add(System.nanoTime() - start);
            }
        } finally {
            Files.delete(file);
        }
        return samples;
    }
}
