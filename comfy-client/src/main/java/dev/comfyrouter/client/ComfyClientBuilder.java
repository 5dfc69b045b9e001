package dev.comfyrouter.client;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The settings of a [ComfyClient], each with a default.
public final class ComfyClientBuilder {
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    private final BaseUrl base;
    private final List<Map.Entry<String, String>> headers = new ArrayList<>();
    private Duration connectTimeout = CONNECT_TIMEOUT;
    private Duration responseTimeout = Duration.ofSeconds(30);
    private Duration stallTimeout = Duration.ofSeconds(30);
    private int maxFrameBytes = 64 << 20;
    private InstantSource clock = InstantSource.system();
    private @Nullable SSLContext tls;
    private @Nullable ComfyNetwork shared;

    ComfyClientBuilder(BaseUrl base) {
        this.base = base;
        base.credentials().ifPresent(basic -> headers.add(Map.entry("Authorization", basic)));
    }

    /// A header for every request and for the event stream, such as `Authorization: Bearer …` for a proxy.
    ///
    /// @throws IllegalArgumentException if it is no legal header, one that HTTP itself sets (`Host`,
    ///     `Connection`, `Content-Length`, …), or an `Authorization` besides the URL's user info
    public ComfyClientBuilder header(String name, String value) {
        var unused = HttpRequest.newBuilder(URI.create("http://localhost/")).header(name, value);
        if (name.equalsIgnoreCase("Authorization") && base.credentials().isPresent()) {
            throw new IllegalArgumentException(
                    "the base URL has user info: give that or an Authorization header, not both");
        }
        headers.add(Map.entry(name, value));
        return this;
    }

    /// How long a connection may take, 5 s by default.
    public ComfyClientBuilder connectTimeout(Duration timeout) {
        connectTimeout = Durations.positive(timeout, "connectTimeout");
        return this;
    }

    /// How long an answer's headers may take, 30 s by default: ComfyUI is silent for seconds while it loads a
    /// model.
    public ComfyClientBuilder responseTimeout(Duration timeout) {
        responseTimeout = Durations.positive(timeout, "responseTimeout");
        return this;
    }

    /// How long a body may pause, in either direction, 30 s by default.
    public ComfyClientBuilder stallTimeout(Duration timeout) {
        stallTimeout = Durations.positive(timeout, "stallTimeout");
        return this;
    }

    /// The largest WebSocket frame that is taken, 64 MiB by default: `SaveImageWebsocket` sends whole pictures.
    ///
    /// @param bytes 64 KiB to 1 GiB
    public ComfyClientBuilder maxFrameBytes(int bytes) {
        if (bytes < 64 << 10 || bytes > 1 << 30) {
            throw new IllegalArgumentException("maxFrameBytes must be 64 KiB to 1 GiB, not " + bytes);
        }
        maxFrameBytes = bytes;
        return this;
    }

    /// Which TLS certificates are trusted; by default those of the JDK.
    public ComfyClientBuilder sslContext(SSLContext context) {
        tls = context;
        return this;
    }

    /// Where the time comes from that tells a silent event stream from a dead one; the system's clock by default.
    public ComfyClientBuilder clock(InstantSource source) {
        clock = source;
        return this;
    }

    /// Uses connections that several clients share, with their connect time-out and certificates instead of those
    /// given here. The client's `close` leaves them open: what is under way on them goes on to its own end.
    public ComfyClientBuilder network(ComfyNetwork network) {
        shared = network;
        return this;
    }

    public ComfyClient build() {
        return shared == null ? build(ComfyNetwork.open(connectTimeout, tls), true) : build(shared, false);
    }

    private ComfyClient build(ComfyNetwork network, boolean owned) {
        var fixed = List.copyOf(headers);
        var http = new HttpLink(base, fixed, responseTimeout, stallTimeout, network, owned);
        var events = new EventConnector(base, fixed, network.connectTimeout(), maxFrameBytes, clock, network.tls());
        return new ComfyClient(base, http, events);
    }
}
