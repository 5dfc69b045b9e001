package dev.comfyrouter.cache;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A test with one cache that is open from its beginning to its end.
abstract class OpenCacheTest extends BenchTest {

    FileCache cache;

    @BeforeEach
    void openCache() {
        cache = bench.open();
    }

    @AfterEach
    void closeCache() {
        cache.close();
    }

    /// Somebody who waits for a file.
    record Waiter(Thread thread, CompletableFuture<Lease> lease) {}

    Waiter waiter(String target) {
        return waiter(DownloadRequest.of(bench.url(target), FileKind.ANY));
    }

    Waiter waiter(DownloadRequest request) {
        var lease = new CompletableFuture<Lease>();
        var thread = Thread.ofVirtual().start(() -> {
            try {
                lease.complete(Bench.get(cache, request));
            } catch (InterruptedException | DownloadException e) {
                lease.completeExceptionally(e);
            }
        });
        return new Waiter(thread, lease);
    }
}
