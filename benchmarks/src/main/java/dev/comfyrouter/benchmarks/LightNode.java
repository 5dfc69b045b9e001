package dev.comfyrouter.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// A ComfyUI that does next to nothing: it takes any prompt, lets the time of a job pass, and says what a [Script]
/// says. So hundreds of them cost little beside the router that is measured.
final class LightNode implements AutoCloseable {
    /// Hears of prompts at the moment at which they have arrived, and at which their end is announced.
    interface Watcher {
        void arrived(String body, long nanos);

        void ended(long nanos);

        void fetched();
    }

    /// What prompts wait at before they run.
    interface Gate {
        void pass() throws InterruptedException;
    }

    private record Prompt(String id, String clientId) {}

    private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.UTF_8);

    private final Script script;
    private final Duration job;
    private final Gate gate;
    private final Watcher watcher;
    private final ServerSocket listener;
    private final Map<Socket, Boolean> sockets = new ConcurrentHashMap<>();
    private final Map<String, WebSocketOut> listeners = new ConcurrentHashMap<>();
    private final Map<String, Boolean> present = new ConcurrentHashMap<>();
    private final Map<String, Boolean> ended = new ConcurrentHashMap<>();
    private final BlockingQueue<Prompt> prompts = new LinkedBlockingQueue<>();
    private final Thread worker;
    private volatile CountDownLatch hanging = new CountDownLatch(0);

    LightNode(Script script, Duration job, Gate gate, Watcher watcher) throws IOException {
        this.script = script;
        this.job = job;
        this.gate = gate;
        this.watcher = watcher;
        this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        this.worker = Thread.ofVirtual().start(this::work);
        Thread.ofVirtual().start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /// Takes what comes from now on, and neither answers nor says anything.
    void hang() {
        hanging = new CountDownLatch(1);
    }

    @Override
    public void close() throws IOException {
        hanging.countDown();
        listener.close();
        worker.interrupt();
        for (Socket socket : sockets.keySet()) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                sockets.put(socket, true);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException closed) {
            // the node has been closed
        }
    }

    private void work() {
        try {
            while (true) {
                Prompt prompt = prompts.take();
                gate.pass();
                run(prompt);
            }
        } catch (InterruptedException closed) {
            // the node has been closed
        }
    }

    /// The first half of the events comes at the start, the rest at the end, as two writes.
    private void run(Prompt prompt) throws InterruptedException {
        long end = System.nanoTime() + job.toNanos();
        WebSocketOut out = listeners.get(prompt.clientId());
        List<String> events = script.events();
        int half = events.size() / 2;
        if (out != null) {
            out.send(events.subList(0, half), prompt.id());
        }
        long left;
        while ((left = end - System.nanoTime()) > 0) {
            LockSupport.parkNanos(left);
        }
        hanging.await();
        ended.put(prompt.id(), true);
        present.remove(prompt.id());
        watcher.ended(System.nanoTime());
        if (out != null) {
            out.send(events.subList(half, events.size()), prompt.id());
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 16 * 1024);
            HttpHead head;
            while ((head = HttpHead.read(in)) != null) {
                String body = new String(in.readNBytes(head.contentLength()), StandardCharsets.UTF_8);
                if (head.path().equals("/ws")) {
                    listen(head, in, socket.getOutputStream());
                    return;
                }
                hanging.await();
                byte[] answer = answer(head, body);
                out.write(("HTTP/1.1 200 OK\r\nContent-Type: "
                                + (head.path().equals("/view") ? "image/png" : "application/json")
                                + "\r\nContent-Length: " + answer.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
                out.write(answer);
                out.flush();
            }
        } catch (IOException | InterruptedException cut) {
            // the router has gone
        } finally {
            sockets.remove(socket);
        }
    }

    private byte[] answer(HttpHead head, String body) {
        String path = head.path();
        if (path.equals("/prompt") && head.method().equals("POST")) {
            String id = text(body, "\"prompt_id\":\"");
            watcher.arrived(body, System.nanoTime());
            present.put(id, true);
            prompts.add(new Prompt(id, text(body, "\"client_id\":\"")));
            return utf8("{\"prompt_id\":\"" + id + "\",\"number\":1,\"node_errors\":{}}");
        }
        if (path.startsWith("/history/")) {
            String id = path.substring("/history/".length());
            return ended.containsKey(id) ? utf8(script.history().replace(Script.PROMPT, id)) : NOTHING;
        }
        return switch (path) {
            case "/prompt" -> utf8("{\"exec_info\":{\"queue_remaining\":" + present.size() + "}}");
            case "/queue" -> utf8(queue());
            case "/view" -> {
                watcher.fetched();
                yield script.picture();
            }
            case "/object_info" -> script.objectInfo();
            case "/system_stats" -> script.systemStats();
            default -> NOTHING;
        };
    }

    private String queue() {
        StringBuilder running = new StringBuilder();
        for (String id : present.keySet()) {
            running.append(running.isEmpty() ? "" : ",")
                    .append("[1,\"")
                    .append(id)
                    .append("\",{},{},[]]");
        }
        return "{\"queue_running\":[" + running + "],\"queue_pending\":[]}";
    }

    private void listen(HttpHead head, InputStream in, OutputStream out) throws IOException {
        out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: " + accept(head.webSocketKey()) + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        String clientId = head.query().replaceFirst(".*clientId=", "").replaceFirst("&.*", "");
        WebSocketOut socket = new WebSocketOut(out);
        socket.send(List.of("{\"type\":\"status\",\"data\":{\"status\":{\"exec_info\":{\"queue_remaining\":0}}}}"), "");
        listeners.put(clientId, socket);
        try {
            while (in.read() >= 0) {
                // pings and feature flags: nothing depends on them here
            }
        } finally {
            listeners.remove(clientId);
        }
    }

    private static String text(String json, String before) {
        int start = json.indexOf(before) + before.length();
        return json.substring(start, json.indexOf('"', start));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every JDK has it
        }
    }

    /// The sending half of an event socket.
    private static final class WebSocketOut {
        private final OutputStream out;
        private final ReentrantLock lock = new ReentrantLock();

        WebSocketOut(OutputStream out) {
            this.out = out;
        }

        void send(List<String> events, String promptId) {
            ByteBuffer frames = ByteBuffer.allocate(
                    events.stream().mapToInt(event -> event.length() * 3 + 10).sum());
            for (String event : events) {
                byte[] text = utf8(event.replace(Script.PROMPT, promptId));
                frames.put((byte) 0x81);
                if (text.length < 126) {
                    frames.put((byte) text.length);
                } else if (text.length < 65_536) {
                    frames.put((byte) 126).putShort((short) text.length);
                } else {
                    frames.put((byte) 127).putLong(text.length);
                }
                frames.put(text);
            }
            lock.lock(); // one at a time; a node has one listener, so that nobody waits
            try {
                out.write(frames.array(), 0, frames.position());
                out.flush();
            } catch (IOException gone) {
                // who does not listen hears nothing
            } finally {
                lock.unlock();
            }
        }
    }
}
