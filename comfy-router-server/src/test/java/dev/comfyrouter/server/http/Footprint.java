package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// What this process holds on to.
///
/// @param threads all of them, virtual ones too
/// @param heap bytes that the collector cannot have back
record Footprint(int threads, long heap) {
    static Footprint now() throws IOException {
        System.gc();
        return new Footprint(
                threadCount(),
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }

    static int threadCount() throws IOException {
        Path dump = Files.createTempDirectory("threads").resolve("dump.json");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toString(), ThreadDumpFormat.JSON);
            int count = 0;
            for (JsonNode container :
                    Json.kept(Files.readString(dump)).path("threadDump").path("threadContainers")) {
                count += container.path("threads").size();
            }
            return count;
        } finally {
            Files.delete(dump);
            Files.delete(dump.getParent());
        }
    }
}
