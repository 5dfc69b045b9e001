package dev.comfyrouter.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/// A listening port of the loopback interface whose connections are each served by an own virtual thread.
final class HttpServer implements AutoCloseable {

    private static final int BACKLOG = 512;
    private static final Duration JOIN_PATIENCE = Duration.ofSeconds(5);

    private final InetSocketAddress address;
    private final Function<HttpRequest, Answer> exchange;

    private final ReentrantLock switching = new ReentrantLock();
    // Guarded by `switching`, all three. It may be held while a thread is awaited; connections do not need it.
    private Optional<ServerSocket> listener = Optional.empty();
    private Optional<Socket> reservation = Optional.empty();
    private Thread acceptor = new Thread();

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by `lock`, all three.
    private final Set<Socket> sockets = new HashSet<>();
    private final Set<Thread> threads = new HashSet<>();
    private boolean closed;

    private HttpServer(InetSocketAddress address, Function<HttpRequest, Answer> exchange) {
        this.address = address;
        this.exchange = exchange;
    }

    static HttpServer start(int port, Function<HttpRequest, Answer> exchange) throws IOException {
        ServerSocket first = bound(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        HttpServer server =
                new HttpServer(new InetSocketAddress(InetAddress.getLoopbackAddress(), first.getLocalPort()), exchange);
        server.listen(first);
        return server;
    }

    int port() {
        return address.getPort();
    }

    /// Connections are refused from now on; those that exist stay.
    void refuse() throws IOException, InterruptedException {
        switching.lockInterruptibly();
        try {
            if (!stopListening()) {
                return;
            }
            // A bound socket that does not listen refuses connections and keeps the port from everybody else.
            Socket holder = new Socket();
            holder.setReuseAddress(true);
            holder.bind(address);
            reservation = Optional.of(holder);
        } finally {
            switching.unlock();
        }
    }

    /// Undoes [#refuse].
    void accept() throws IOException, InterruptedException {
        switching.lockInterruptibly();
        try {
            if (listener.isPresent() || isClosed()) {
                return;
            }
            releaseReservation();
            listen(bound(address));
        } finally {
            switching.unlock();
        }
    }

    private boolean stopListening() throws IOException, InterruptedException {
        if (listener.isEmpty()) {
            return false;
        }
        listener.get().close();
        // The port is free only when the thread that accepts has noticed.
        acceptor.join(JOIN_PATIENCE);
        listener = Optional.empty();
        return true;
    }

    private void releaseReservation() throws IOException {
        if (reservation.isPresent()) {
            reservation.get().close();
            reservation = Optional.empty();
        }
    }

    /// Ends every connection at once, as the death of the process would.
    void cutConnections() throws IOException {
        for (Socket socket : openSockets()) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        switching.lockInterruptibly();
        try {
            markClosed();
            stopListening();
            releaseReservation();
        } finally {
            switching.unlock();
        }
        cutConnections();
        List<Thread> running = threads();
        running.forEach(Thread::interrupt);
        for (Thread thread : running) {
            thread.join(JOIN_PATIENCE);
        }
    }

    private void markClosed() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private List<Thread> threads() {
        lock.lock();
        try {
            return List.copyOf(threads);
        } finally {
            lock.unlock();
        }
    }

    private List<Socket> openSockets() {
        lock.lock();
        try {
            return List.copyOf(sockets);
        } finally {
            lock.unlock();
        }
    }

    private static ServerSocket bound(InetSocketAddress address) throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(address, BACKLOG);
        return socket;
    }

    private void listen(ServerSocket socket) {
        listener = Optional.of(socket);
        acceptor = own("fake-comfy-accept-" + port(), () -> acceptFrom(socket));
    }

    private void acceptFrom(ServerSocket listening) {
        try {
            while (true) {
                Socket socket = listening.accept();
                socket.setTcpNoDelay(true);
                if (!serve(socket)) {
                    socket.close();
                }
            }
        } catch (IOException closing) {
            // The listener was closed: by close() or by refuse(). Nothing waits for this thread.
            return;
        }
    }

    private boolean serve(Socket socket) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            sockets.add(socket);
        } finally {
            lock.unlock();
        }
        own("fake-comfy-http-" + port(), () -> {
            try {
                new HttpConnection(socket, exchange).run();
            } finally {
                forget(socket);
            }
        });
        return true;
    }

    private void forget(Socket socket) {
        lock.lock();
        try {
            sockets.remove(socket);
        } finally {
            lock.unlock();
        }
    }

    private Thread own(String name, Runnable work) {
        Thread thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                work.run();
            } finally {
                lock.lock();
                try {
                    threads.remove(Thread.currentThread());
                } finally {
                    lock.unlock();
                }
            }
        });
        lock.lock();
        try {
            threads.add(thread);
        } finally {
            lock.unlock();
        }
        thread.start();
        return thread;
    }
}
