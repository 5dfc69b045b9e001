package dev.comfyrouter.client;

import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.DeploymentException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.glassfish.tyrus.client.ClientManager;
import org.glassfish.tyrus.client.ClientProperties;
import org.glassfish.tyrus.client.SslEngineConfigurator;
import org.glassfish.tyrus.client.ThreadPoolConfig;
import org.glassfish.tyrus.core.HandshakeException;
import org.jspecify.annotations.Nullable;

/// Opens event streams to one server.
final class EventConnector {
    /// Nothing but this first message makes a server say which prompt and node a preview belongs to.
    private static final String FEATURE_FLAGS =
            "{\"type\":\"feature_flags\",\"data\":{\"supports_preview_metadata\":true}}";

    /// A frame's header and what is left of the frame before it.
    private static final int BUFFER_SLACK = 64 << 10;

    private final BaseUrl base;
    private final List<Map.Entry<String, String>> headers;
    private final Duration handshakeTimeout;
    private final int maxFrameBytes;
    private final InstantSource clock;
    private final ClientManager manager;

    EventConnector(
            BaseUrl base,
            List<Map.Entry<String, String>> headers,
            Duration handshakeTimeout,
            int maxFrameBytes,
            InstantSource clock,
            @Nullable SSLContext tls) {
        this.base = base;
        this.headers = headers;
        this.handshakeTimeout = handshakeTimeout;
        this.maxFrameBytes = maxFrameBytes;
        this.clock = clock;
        manager = ClientManager.createClient();
        Map<String, Object> properties = manager.getProperties();
        // One set of threads for all connections of the process; otherwise each has three of its own.
        properties.put(ClientProperties.SHARED_CONTAINER, true);
        properties.put(
                ClientProperties.WORKER_THREAD_POOL_CONFIG,
                ThreadPoolConfig.defaultConfig()
                        .setPoolName("comfy-events")
                        .setDaemon(true)
                        .setCorePoolSize(2)
                        .setMaxPoolSize(8));
        properties.put(ClientProperties.INCOMING_BUFFER_SIZE, maxFrameBytes + BUFFER_SLACK);
        properties.put(ClientProperties.HANDSHAKE_TIMEOUT, Math.toIntExact(handshakeTimeout.toMillis()));
        if (tls != null) {
            properties.put(
                    ClientProperties.SSL_ENGINE_CONFIGURATOR, new SslEngineConfigurator(tls, true, false, false));
        }
    }

    Duration handshakeTimeout() {
        return handshakeTimeout;
    }

    EventStream open(String clientId) throws InterruptedException {
        if (clientId.isBlank()) {
            throw new IllegalArgumentException("the client id must not be blank");
        }
        var connection = new EventConnection(base.toString(), maxFrameBytes, clock);
        try {
            var unused = manager.connectToServer(connection, config(), base.webSocket(clientId));
            connection.send(FEATURE_FLAGS);
            return new EventStream(connection, base.toString(), clientId, clock);
        } catch (DeploymentException failed) {
            connection.abandon();
            throw failure(failed);
        } catch (IOException failed) {
            connection.abandon();
            throw unreachable(failed);
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException("a base URL with an encoded client id is a URL", impossible);
        }
    }

    private ClientEndpointConfig config() {
        var configurator = new ClientEndpointConfig.Configurator() {
            @Override
            public void beforeRequest(Map<String, List<String>> request) {
                // ComfyUI compares Origin with Host, which differ behind a proxy; a program needs none.
                request.remove("Origin");
                headers.forEach(header -> request.put(header.getKey(), List.of(header.getValue())));
            }
        };
        return ClientEndpointConfig.Builder.create().configurator(configurator).build();
    }

    private ComfyException failure(DeploymentException failed) throws InterruptedException {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException) {
                throw new InterruptedException("while opening the event stream of " + base);
            }
            if (cause instanceof HandshakeException handshake) {
                return refusal(handshake.getHttpStatusCode(), failed);
            }
        }
        return unreachable(failed);
    }

    private ComfyException refusal(int status, DeploymentException failed) {
        String what = base + " answered " + status + " to the opening of the event stream";
        return switch (status) {
            case 401, 403, 407 ->
                new ComfyException.Denied(what + ": check the credentials and headers for it", status);
            case 502, 503, 504 -> new ComfyException.Unreachable(what, false, failed);
            default -> new ComfyException.Protocol(what, failed);
        };
    }

    private ComfyException unreachable(Exception failed) {
        Throwable root = failed;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String reason = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        return new ComfyException.Unreachable(base + ": no event stream: " + reason, false, failed);
    }

    void close() {
        manager.shutdown();
    }
}
