package dev.comfyrouter.client;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private final HttpClient calls;
    private final ReentrantLock lock = new ReentrantLock();

    /// The connections of uploads, once there was one. Guarded by `lock`.
    private @Nullable HttpClient uploads;

    private ComfyNetwork(HttpClient calls, Duration connectTimeout, @Nullable SSLContext tls) {
        this.calls = calls;
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
        Durations.positive(connectTimeout, "connectTimeout");
        // What is done on the network's own thread never waits for a peer.
        return new ComfyNetwork(http(connectTimeout, tls, Runnable::run), connectTimeout, tls);
    }

    /// A network that is another's business, such as one that is only simulated. It carries calls alone.
    static ComfyNetwork over(HttpClient http) {
        return new ComfyNetwork(http, ComfyClientBuilder.CONNECT_TIMEOUT, null);
    }

    private static HttpClient http(Duration connectTimeout, @Nullable SSLContext tls, Executor executor) {
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

    Duration connectTimeout() {
        return connectTimeout;
    }

    @Nullable
    SSLContext tls() {
        return tls;
    }

    /// Carries requests whose bodies are in memory.
    HttpClient calls() {
        return calls;
    }

    /// Carries requests whose bodies are read from files and streams while they are sent, on threads that may wait.
    HttpClient uploads() {
        lock.lock();
        try {
            HttpClient present = uploads;
            if (present == null) {
                present = http(connectTimeout, tls, Executors.newVirtualThreadPerTaskExecutor());
                uploads = present;
            }
            return present;
        } finally {
            lock.unlock();
        }
    }

    /// Gives up what is under way, and waits at most 2 s for its threads to end.
    @Override
    public void close() {
        List<HttpClient> all = new ArrayList<>(List.of(calls));
        lock.lock();
        try {
            if (uploads != null) {
                all.add(uploads);
            }
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
