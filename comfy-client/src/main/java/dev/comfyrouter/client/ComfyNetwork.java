package dev.comfyrouter.client;

import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The HTTP connections of any number of clients, moved by one thread.
///
/// A [ComfyClient] that is built without one has a network, and so a thread, of its own. A program that talks to many
/// servers gives the same network to all its clients and closes it after them.
public final class ComfyNetwork implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

    private final Duration connectTimeout;
    private final @Nullable SSLContext tls;
    private final ReentrantLock lock = new ReentrantLock();

    /// What carries the calls, and the uploads, once there was one: with it Java reads all certificates that it trusts.
    /// Guarded by `lock`.
    private @Nullable HttpClient calls;

    private @Nullable HttpClient uploads; // Guarded by `lock`, as is the next one.
    private boolean closed;

    private ComfyNetwork(Duration connectTimeout, @Nullable SSLContext tls) {
        this.connectTimeout = connectTimeout;
        this.tls = tls;
    }

    /// Connections of which none takes longer than 5 s to come about, with the JDK's certificates.
    public static ComfyNetwork open() {
        return open(ComfyClientBuilder.CONNECT_TIMEOUT, null);
    }

    /// Connections with a time-out and certificates of one's own.
    ///
    /// @param connectTimeout how long a connection may take
    /// @param tls which certificates are trusted; `null` for those of the JDK
    public static ComfyNetwork open(Duration connectTimeout, @Nullable SSLContext tls) {
        return new ComfyNetwork(Durations.positive(connectTimeout, "connectTimeout"), tls);
    }

    /// A network that is another's business, such as one that is only simulated.
    static ComfyNetwork over(HttpClient http) {
        var network = new ComfyNetwork(ComfyClientBuilder.CONNECT_TIMEOUT, null);
        network.calls = http;
        network.uploads = http;
        return network;
    }

    Duration connectTimeout() {
        return connectTimeout;
    }

    @Nullable
    SSLContext tls() {
        return tls;
    }

    /// Carries requests whose bodies are in memory.
    HttpClient calls() throws IOException {
        lock.lock();
        try {
            HttpClient present = calls;
            if (present == null) {
                // What is done on the network's own thread never waits for a peer.
                present = http(Runnable::run);
                calls = present;
            }
            return present;
        } finally {
            lock.unlock();
        }
    }

    /// Carries requests whose bodies are read from files and streams while they are sent, on threads that may wait.
    HttpClient uploads() throws IOException {
        lock.lock();
        try {
            HttpClient present = uploads;
            if (present == null) {
                present = http(Executors.newVirtualThreadPerTaskExecutor());
                uploads = present;
            }
            return present;
        } finally {
            lock.unlock();
        }
    }

    private HttpClient http(Executor executor) throws IOException {
        if (closed) {
            throw new IOException("the network is closed");
        }
        var builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(connectTimeout)
                .executor(executor);
        if (tls != null) {
            builder.sslContext(tls);
        }
        return builder.build();
    }

    /// Gives up what is under way, and waits at most 2 s for its threads to end.
    @Override
    public void close() {
        List<HttpClient> all = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            Optional.ofNullable(calls).ifPresent(all::add);
            Optional.ofNullable(uploads).ifPresent(all::add);
        } finally {
            lock.unlock();
        }
        all.forEach(HttpClient::shutdownNow);
        try {
            for (HttpClient each : all) {
                var unused = each.awaitTermination(CLOSE_PATIENCE);
            }
        } catch (InterruptedException wanted) {
            // shutdownNow has been said; only the wait for it is cut short.
            Thread.currentThread().interrupt();
        }
    }
}
