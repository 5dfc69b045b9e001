package dev.comfyrouter.client;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A server whose event streams a test drives by hand.
final class EventServer implements AutoCloseable {
    private final RawServer server;
    private final BlockingQueue<WebSocketPeer> sockets = new LinkedBlockingQueue<>();
    private final BlockingQueue<RawServer.Request> upgrades = new LinkedBlockingQueue<>();
    private final BlockingQueue<WebSocketPeer.Frame> frames = new LinkedBlockingQueue<>();

    private EventServer(RawServer.Handler other) {
        server = RawServer.start((request, peer) -> {
            if (request.header("Upgrade").equalsIgnoreCase("websocket")) {
                WebSocketPeer socket = peer.upgrade(request);
                upgrades.add(request);
                sockets.add(socket);
                read(socket);
                peer.close();
            } else if (request.path().endsWith("/prompt") && request.method().equals("GET")) {
                peer.answer("{\"exec_info\":{\"queue_remaining\":0}}");
            } else {
                other.handle(request, peer);
            }
        });
    }

    static EventServer start() {
        return start((request, peer) -> peer.answer(404, "", ""));
    }

    static EventServer start(RawServer.Handler other) {
        return new EventServer(other);
    }

    private void read(WebSocketPeer socket) throws IOException {
        WebSocketPeer.Frame frame = socket.read();
        frames.add(frame);
        while (frame.opcode() != WebSocketPeer.CLOSE) {
            frame = socket.read();
            frames.add(frame);
        }
    }

    RawServer http() {
        return server;
    }

    private static <T> T next(BlockingQueue<T> queue, String what) throws InterruptedException {
        T next = queue.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no " + what + " came");
        }
        return next;
    }

    WebSocketPeer socket() throws InterruptedException {
        return next(sockets, "connection");
    }

    RawServer.Request upgrade() throws InterruptedException {
        return next(upgrades, "connection");
    }

    /// The next frame that any client sent.
    WebSocketPeer.Frame frame() throws InterruptedException {
        return next(frames, "frame");
    }

    @Override
    public void close() {
        server.close();
    }
}
