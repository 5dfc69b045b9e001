package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// A node behind a proxy that speaks TLS, below a path, and lets nobody in without a key.
@Isolated("which certificates are trusted is the process's")
class TlsNodesTest {
    private final Map<String, @Nullable String> before = new HashMap<>();
    private @Nullable SSLContext trustedBefore;

    @TempDir
    private Path directory;

    @AfterEach
    void trustAsBefore() {
        before.forEach((name, value) -> {
            if (value == null) {
                System.clearProperty(name);
            } else {
                System.setProperty(name, value);
            }
        });
        if (trustedBefore != null) {
            SSLContext.setDefault(trustedBefore);
        }
    }

    /// As `-Djavax.net.ssl.trustStore` at the start of a process.
    private void trust(Path store, SSLContext tls) throws Exception {
        trustedBefore = SSLContext.getDefault();
        SSLContext.setDefault(tls);
        set("javax.net.ssl.trustStore", store.toString());
        set("javax.net.ssl.trustStorePassword", TlsDoor.PASSWORD);
    }

    private void set(String name, String value) {
        before.put(name, System.getProperty(name));
        System.setProperty(name, value);
    }

    @Test
    void aTaskRunsOnANodeBehindTlsAPathAndAKey() throws Exception {
        Path store = TlsDoor.makeStore(directory);
        SSLContext tls = TlsDoor.context(store);
        try (FakeComfyServer node =
                        FakeComfyServer.builder().pathPrefix("/gpu/comfy-3").start();
                TlsDoor door =
                        new TlsDoor(tls, URI.create(node.url().toString()).getPort())) {
            node.faults().requireHeader("X-Node-Key", "s3cret");
            String url = "https://127.0.0.1:" + door.port() + "/gpu/comfy-3/";
            String add = "{\"url\":\"" + url + "\",\"headers\":{\"X-Node-Key\":\"s3cret\"}}";

            trust(store, tls);
            try (Cluster cluster = Cluster.start(directory, Map.of())) {
                JsonNode added = cluster.caller().post("/cluster/nodes", add);
                JsonNode task = cluster.awaitEnd(cluster.submit(SDXL));

                assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
                assertThat(task.path("node").asText()).isEqualTo(url);
                node.awaitSockets(1, LONG); // its events come through TLS, too
                JsonNode shown = cluster.caller()
                        .get("/cluster/nodes/" + added.path("id").asText());
                assertThat(shown.path("url").asText()).isEqualTo(url);
                assertThat(shown.toString()).doesNotContain("s3cret");
            }
        }
    }

    @Test
    void aNodeWhoseCertificateIsNotTrustedIsOfflineAndSaysWhy() throws Exception {
        try (FakeComfyServer node = FakeComfyServer.builder().start();
                TlsDoor door = new TlsDoor(
                        TlsDoor.context(TlsDoor.makeStore(directory)),
                        URI.create(node.url().toString()).getPort());
                Cluster cluster = Cluster.start(directory, Map.of())) {
            String id = cluster.caller()
                    .post("/cluster/nodes", "{\"url\":\"https://127.0.0.1:" + door.port() + "\"}")
                    .path("id")
                    .asText();

            JsonNode refused = cluster.caller().get("/cluster/nodes/" + id);
            long end = System.nanoTime() + LONG.toNanos();
            while (refused.path("lastCheckAt").isNull() && System.nanoTime() < end) {
                refused = cluster.caller().get("/cluster/nodes/" + id);
            }

            assertThat(refused.path("status").asText()).isEqualTo("offline");
            assertThat(refused.path("lastError").asText()).contains("no TLS connection");
        }
    }
}
