package dev.comfyrouter.server.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The cable between a browser and a router: it can be cut, and it can hold back what should come through.
///
/// Its port stays the same while routers come and go behind it.
public final class Cable implements AutoCloseable {
    private final ServerSocket door;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Guarded by `lock`, all of these.
    private int target;
    private boolean silent;
    private String instead = "";

    public Cable() {
        try {
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
        Thread.ofVirtual().name("cable").start(this::accept);
    }

    public int port() {
        return door.getLocalPort();
    }

    /// New connections lead to this port of the loopback interface.
    public void leadTo(int port) {
        change(() -> target = port);
    }

    /// Holds back everything that the router says, or lets it through again.
    void silence(boolean on) {
        change(() -> silent = on);
    }

    /// Answers each request on new connections with this status, as a proxy before a router that is down; 0 for no
    /// more.
    void answer(int status) {
        change(() -> instead =
                status == 0 ? "" : "HTTP/1.1 " + status + " Instead\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }

    /// Ends all connections.
    void cut() {
        open.forEach(Cable::end);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket browser = door.accept();
                Thread.ofVirtual().name("cable").start(() -> serve(browser));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket browser) {
        open.add(browser);
        try (browser) {
            String answer = locked(() -> instead);
            if (!answer.isEmpty()) {
                browser.getInputStream().read();
                browser.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                return;
            }
            try (Socket router = new Socket(InetAddress.getLoopbackAddress(), locked(() -> target))) {
                open.add(router);
                router.setTcpNoDelay(true);
                browser.setTcpNoDelay(true);
                Thread up = Thread.ofVirtual().name("cable").start(() -> {
                    pass(browser, router, false);
                    end(router);
                });
                pass(router, browser, true);
                end(browser);
                up.join();
                open.remove(router);
            }
        } catch (IOException gone) {
            // The browser sees its connection end, which is what there is to see.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(browser);
        }
    }

    private void pass(Socket from, Socket to, boolean mayBeSilent) {
        byte[] buffer = new byte[64 * 1024];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (mayBeSilent) {
                    waitWhileSilent();
                }
                out.write(buffer, 0, read);
            }
        } catch (IOException ended) {
            // Either side may hang up at any time.
        }
    }

    private void waitWhileSilent() {
        lock.lock();
        try {
            while (silent && !door.isClosed()) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private <T> T locked(java.util.function.Supplier<T> read) {
        lock.lock();
        try {
            return read.get();
        } finally {
            lock.unlock();
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // It is gone then.
        }
    }

    @Override
    public void close() {
        end(door);
        change(() -> silent = false);
        cut();
    }

    private static void end(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // It is gone then.
        }
    }
}
