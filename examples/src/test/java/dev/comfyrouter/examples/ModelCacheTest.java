package dev.comfyrouter.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the example of the cache against a small file server.
class ModelCacheTest {

    @Test
    void aModelIsFetchedOnceAndLinkedIntoTheModelsFolder(@TempDir Path folder) throws Exception {
        byte[] model = safetensors();
        var fetches = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/ink.safetensors", exchange -> {
            fetches.incrementAndGet();
            exchange.sendResponseHeaders(200, model.length);
            exchange.getResponseBody().write(model);
            exchange.close();
        });
        server.start();
        Path loras = folder.resolve("models/loras");
        String[] arguments = {
            "http://127.0.0.1:" + server.getAddress().getPort() + "/ink.safetensors",
            folder.resolve("cache").toString(),
            loras.toString(),
            "127.0.0.1"
        };
        try {
            ModelCache.main(arguments);
            ModelCache.main(arguments);
        } finally {
            server.stop(0);
        }

        assertThat(fetches).hasValue(1);
        try (Stream<Path> links = Files.list(loras)) {
            Path link = links.toList().getFirst();
            assertThat(link.getFileName().toString()).startsWith("ink-").endsWith(".safetensors");
            assertThat(Files.isSymbolicLink(link)).isTrue();
            assertThat(Files.readAllBytes(link)).isEqualTo(model);
        }
    }

    /// The smallest model: one number.
    private static byte[] safetensors() {
        byte[] header =
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}".getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .putFloat(1)
                .array();
    }
}
