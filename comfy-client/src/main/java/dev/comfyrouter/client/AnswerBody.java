package dev.comfyrouter.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The body of one answer, pulled piece by piece; each piece may take no longer than the stall time-out.
///
/// The JDK's request time-out ends when the headers are in, and its own body readers then wait for ever.
final class AnswerBody implements BodySubscriber<AnswerBody>, AutoCloseable {
    private sealed interface Signal {
        record Piece(List<ByteBuffer> buffers) implements Signal {}

        record End() implements Signal {}

        record Broken(Throwable cause) implements Signal {}
    }

    private final Duration stallTimeout;
    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

    /// Holds at most one piece and one end, because one piece is asked for at a time.
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();

    private boolean ended;

    AnswerBody(Duration stallTimeout) {
        this.stallTimeout = stallTimeout;
    }

    /// The whole body in memory.
    ///
    /// @throws TooLong if it has more than `limit` bytes
    byte[] readAll(long limit) throws IOException, InterruptedException {
        var out = new ByteArrayOutputStream(1024);
        copyTo(out, limit);
        return out.toByteArray();
    }

    /// At most the first `limit` bytes; the rest stays unread.
    byte[] readHead(int limit) throws IOException, InterruptedException {
        var out = new ByteArrayOutputStream(Math.min(limit, 1024));
        for (List<ByteBuffer> piece = next(); !piece.isEmpty() && out.size() < limit; piece = next()) {
            for (ByteBuffer buffer : piece) {
                byte[] bytes = new byte[Math.min(buffer.remaining(), limit - out.size())];
                buffer.get(bytes);
                out.writeBytes(bytes);
            }
        }
        return out.toByteArray();
    }

    /// Copies the body and gives its length.
    ///
    /// @throws TooLong if it has more than `limit` bytes; no byte beyond the limit is written
    /// @throws WriteFailed if `out` fails
    long copyTo(OutputStream out, long limit) throws IOException, InterruptedException {
        long length = 0;
        for (List<ByteBuffer> piece = next(); !piece.isEmpty(); piece = next()) {
            for (ByteBuffer buffer : piece) {
                length += buffer.remaining();
                if (length > limit) {
                    throw new TooLong();
                }
                write(buffer, out);
            }
        }
        return length;
    }

    private static void write(ByteBuffer buffer, OutputStream out) throws WriteFailed {
        try {
            if (buffer.hasArray()) {
                out.write(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
            } else {
                byte[] bytes = new byte[buffer.remaining()];
                buffer.get(bytes);
                out.write(bytes);
            }
        } catch (IOException failed) {
            throw new WriteFailed(failed);
        }
    }

    /// The next piece, empty at the end.
    private List<ByteBuffer> next() throws IOException, InterruptedException {
        if (ended) {
            return List.of();
        }
        Signal signal = signals.poll(stallTimeout.toNanos(), TimeUnit.NANOSECONDS);
        return switch (signal) {
            case null -> throw new Stalled(stallTimeout);
            case Signal.Piece(var buffers) -> {
                subscription.join().request(1);
                yield buffers;
            }
            case Signal.End() -> {
                ended = true;
                yield List.of();
            }
            case Signal.Broken(var cause) -> {
                ended = true;
                throw new IOException(cause.getMessage() == null ? "the body broke off" : cause.getMessage(), cause);
            }
        };
    }

    /// Gives up the rest of the body, and with it the connection, unless the end was read.
    @Override
    public void close() {
        if (!ended) {
            var unused = subscription.thenAccept(Flow.Subscription::cancel);
        }
    }

    @Override
    public CompletionStage<AnswerBody> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (!subscription.complete(given)) {
            given.cancel();
            return;
        }
        given.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        signals.add(new Signal.Piece(buffers));
    }

    @Override
    public void onError(Throwable cause) {
        signals.add(new Signal.Broken(cause));
    }

    @Override
    public void onComplete() {
        signals.add(new Signal.End());
    }

    /// No byte came in time.
    static final class Stalled extends IOException {
        Stalled(Duration timeout) {
            super("the answer's body stalled: no byte for " + Durations.words(timeout));
        }
    }

    /// The body is longer than its reader allows.
    static final class TooLong extends IOException {}

    /// The reader's own stream failed, not the connection.
    static final class WriteFailed extends IOException {
        private final IOException failure;

        WriteFailed(IOException failure) {
            super(failure);
            this.failure = failure;
        }

        IOException failure() {
            return failure;
        }
    }
}
