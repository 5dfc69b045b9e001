package dev.comfyrouter.cache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A web server with one file that costs as little as a server can: `sendfile` out of the page cache, in a process of
/// its own.
///
/// `/f` is the whole file, `/part/<n>` its first so many bytes.
final class FastServer implements AutoCloseable {

    private final Process process;
    private final String origin;

    private FastServer(Process process, String origin) {
        this.process = process;
        this.origin = origin;
    }

    static FastServer start(Path file) throws IOException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FastServer.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var port = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        return new FastServer(process, "http://localhost:" + port.readLine());
    }

    String whole() {
        return origin + "/f";
    }

    String part(long bytes) {
        return origin + "/part/" + bytes;
    }

    @Override
    public void close() {
        process.destroy();
    }

    public static void main(String[] arguments) throws IOException {
        try (var file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ);
                var listener = ServerSocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512)) {
            System.out.println(((InetSocketAddress) listener.getLocalAddress()).getPort());
            while (true) {
                var client = listener.accept();
                Thread.ofPlatform().start(() -> answer(client, file));
            }
        }
    }

    private static void answer(SocketChannel client, FileChannel file) {
        try (client) {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            var request = ByteBuffer.allocate(8192);
            client.read(request);
            var target = new String(request.array(), 0, request.position(), StandardCharsets.US_ASCII).split(" ", 3)[1];
            var length = target.startsWith("/part/")
                    ? Long.parseLong(target.split("/", -1)[2]) // the first so many bytes
                    : file.size();
            client.write(ByteBuffer.wrap(
                    ("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\nETag: \"1\"\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII)));
            for (var sent = 0L; sent < length; ) {
                sent += file.transferTo(sent, length - sent, client);
            }
        } catch (IOException e) {
            // the client has gone
        }
    }
}
