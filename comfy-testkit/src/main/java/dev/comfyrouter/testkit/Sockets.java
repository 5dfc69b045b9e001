package dev.comfyrouter.testkit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// The WebSockets by their sid: one registered socket for each, as ComfyUI keeps them.
///
/// With `reconnectBug` the end of a displaced socket takes the registration of the socket that displaced it: it
/// stays open and hears nothing more (seen on 0.3.64 and 0.33.0).
final class Sockets {

    private record Registration(WebSocket socket, boolean previewMetadata) {}

    private final boolean reconnectBug;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by `lock`, both.
    private final Map<String, Registration> registered = new LinkedHashMap<>();
    private final Set<WebSocket> open = new HashSet<>();

    Sockets(boolean reconnectBug) {
        this.reconnectBug = reconnectBug;
    }

    void register(String sid, WebSocket socket) {
        lock.lock();
        try {
            open.add(socket);
            registered.put(sid, new Registration(socket, false));
        } finally {
            lock.unlock();
        }
    }

    void unregister(String sid, WebSocket socket) {
        lock.lock();
        try {
            open.remove(socket);
            Registration current = registered.get(sid);
            if (current != null && (reconnectBug || current.socket() == socket)) {
                registered.remove(sid);
            }
        } finally {
            lock.unlock();
        }
    }

    /// The socket understands previews with metadata (binary type 4).
    void negotiatePreviewMetadata(String sid) {
        lock.lock();
        try {
            registered.computeIfPresent(sid, (key, registration) -> new Registration(registration.socket(), true));
        } finally {
            lock.unlock();
        }
    }

    boolean wantsPreviewMetadata(Optional<String> sid) {
        lock.lock();
        try {
            return sid.map(registered::get).map(Registration::previewMetadata).orElse(false);
        } finally {
            lock.unlock();
        }
    }

    /// Sends to one socket, or to all when no sid is given; to nobody when the sid has no socket.
    ///
    /// @param utf8 asked only when somebody listens
    void text(Optional<String> sid, Supplier<byte[]> utf8) {
        List<WebSocket> receivers = receivers(sid);
        if (!receivers.isEmpty()) {
            byte[] message = utf8.get();
            receivers.forEach(socket -> socket.text(message));
        }
    }

    void binary(Optional<String> sid, Supplier<byte[]> frame) {
        List<WebSocket> receivers = receivers(sid);
        if (!receivers.isEmpty()) {
            byte[] message = frame.get();
            receivers.forEach(socket -> socket.binary(message));
        }
    }

    /// Every open socket, registered or not.
    List<WebSocket> open() {
        lock.lock();
        try {
            return new ArrayList<>(open);
        } finally {
            lock.unlock();
        }
    }

    private List<WebSocket> receivers(Optional<String> sid) {
        lock.lock();
        try {
            if (sid.isPresent()) {
                Registration registration = registered.get(sid.get());
                return registration == null ? List.of() : List.of(registration.socket());
            }
            return registered.values().stream().map(Registration::socket).toList();
        } finally {
            lock.unlock();
        }
    }
}
