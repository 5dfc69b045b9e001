package dev.comfyrouter.client;

import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The WebSocket side of an event stream: its callbacks run on the connection's thread, decode and hand over, and
/// never wait.
final class EventConnection extends Endpoint {
    static final Duration SILENCE_BEFORE_PING = Duration.ofSeconds(15);
    static final Duration PONG_PATIENCE = Duration.ofSeconds(20);

    private static final Logger LOG = System.getLogger(EventConnection.class.getName());
    private static final int MAX_EVENTS = 10_000;

    private final String server;
    private final int maxFrameBytes;
    private final InstantSource clock;
    private final EventBuffer buffer;
    private final AtomicReference<@Nullable Session> session = new AtomicReference<>();
    private volatile boolean abandoned;
    private volatile Instant lastReceived;

    EventConnection(String server, int maxFrameBytes, InstantSource clock) {
        this.server = server;
        this.maxFrameBytes = maxFrameBytes;
        this.clock = clock;
        this.buffer = new EventBuffer(MAX_EVENTS, 2L * maxFrameBytes);
        this.lastReceived = clock.instant();
    }

    EventBuffer buffer() {
        return buffer;
    }

    Instant lastReceived() {
        return lastReceived;
    }

    /// Handlers that are added later than here lose messages.
    @Override
    public void onOpen(Session opened, EndpointConfig config) {
        opened.setMaxIdleTimeout(-1); // Tyrus starts a timer for each message when it is 0, its default
        opened.setMaxBinaryMessageBufferSize(maxFrameBytes);
        opened.setMaxTextMessageBufferSize(maxFrameBytes);
        opened.addMessageHandler(String.class, new MessageHandler.Whole<String>() {
            @Override
            public void onMessage(String text) {
                received(EventDecoder.decode(text), 2 * text.length());
            }
        });
        opened.addMessageHandler(ByteBuffer.class, new MessageHandler.Whole<ByteBuffer>() {
            @Override
            public void onMessage(ByteBuffer frame) {
                int size = frame.remaining();
                received(FrameDecoder.decode(frame), size);
            }
        });
        opened.addMessageHandler(PongMessage.class, new MessageHandler.Whole<PongMessage>() {
            @Override
            public void onMessage(PongMessage pong) {
                lastReceived = clock.instant();
            }
        });
        lastReceived = clock.instant();
        session.set(opened);
        if (abandoned) {
            abandon();
        }
    }

    private void received(ComfyEvent event, int size) {
        lastReceived = clock.instant();
        if (event instanceof ComfyEvent.Malformed(String reason)) {
            LOG.log(Level.WARNING, "{0} sent {1}", server, reason);
        }
        if (!buffer.add(event, size)) {
            abandon();
        }
    }

    @Override
    public void onClose(Session closed, CloseReason reason) {
        int code = reason.getCloseCode().getCode();
        String phrase = reason.getReasonPhrase() == null ? "" : reason.getReasonPhrase();
        boolean frameTooLarge = phrase.startsWith("Buffer overflow") || code == 1009;
        buffer.end(
                frameTooLarge
                        ? "the server sent a frame of more than " + maxFrameBytes + " bytes (raise maxFrameBytes)"
                        : "closed with code " + code + (phrase.isEmpty() ? "" : " (" + phrase + ")"));
    }

    @Override
    public void onError(Session failed, Throwable cause) {
        LOG.log(Level.DEBUG, () -> "event stream of " + server, cause);
        buffer.end(cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage());
        abandon();
    }

    void send(String text) throws IOException {
        Session open = session.get();
        if (open == null) {
            throw new IOException("not connected");
        }
        open.getBasicRemote().sendText(text);
    }

    void ping() {
        Session open = session.get();
        if (open == null) {
            return;
        }
        try {
            open.getAsyncRemote().sendPing(ByteBuffer.allocate(0));
        } catch (IOException | IllegalStateException | IllegalArgumentException gone) {
            buffer.end("the connection broke: " + gone.getMessage());
        }
    }

    /// Sends a close frame and closes the connection; one that comes about later is closed too.
    ///
    /// Tyrus closes the TCP connection behind its close frame without waiting for the server's: nothing can be
    /// waited for here, and only a new client id is safe against ComfyUI's confusion of an old and a new
    /// connection.
    void abandon() {
        abandoned = true;
        Session open = session.getAndSet(null);
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (IOException | IllegalStateException alreadyGone) {
            LOG.log(Level.DEBUG, () -> "event stream of " + server + " was gone already", alreadyGone);
        }
    }
}
