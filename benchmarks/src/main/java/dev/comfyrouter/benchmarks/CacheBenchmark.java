package dev.comfyrouter.benchmarks;

import com.sun.net.httpserver.HttpServer;
import dev.comfyrouter.cache.CacheSettings;
import dev.comfyrouter.cache.DownloadRequest;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.cache.FileKind;
import dev.comfyrouter.cache.Leases;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Leasing a file that the cache has, and giving it back.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class CacheBenchmark {
    private Optional<Scratch> directory = Optional.empty();
    private Optional<HttpServer> server = Optional.empty();
    private Optional<FileCache> cache = Optional.empty();
    private List<DownloadRequest> requests = List.of();

    @Setup
    public void fill() throws IOException, InterruptedException {
        Scratch scratch = Scratch.make();
        directory = Optional.of(scratch);
        HttpServer origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server = Optional.of(origin);
        origin.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, 4);
                exchange.getResponseBody().write(new byte[4]);
            }
        });
        origin.start();
        FileCache files = FileCache.open(CacheSettings.builder(scratch.resolve("files"), scratch.resolve("record"))
                .allowPrivate("127.0.0.1")
                .build());
        cache = Optional.of(files);
        requests = List.of(DownloadRequest.of(
                URI.create("http://127.0.0.1:" + origin.getAddress().getPort() + "/a.bin"), FileKind.ANY));
        hit();
    }

    @TearDown
    public void close() throws IOException {
        cache.orElseThrow().close();
        server.orElseThrow().stop(0);
        directory.orElseThrow().close();
    }

    @Benchmark
    public int hit() throws InterruptedException {
        try (Leases leases = cache.orElseThrow().acquire(requests, progress -> {})) {
            return leases.hashCode();
        }
    }
}
