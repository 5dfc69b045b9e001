package dev.comfyrouter.client;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/// A request body that counts what has been taken from it, so that an upload that stalls can be told from a long
/// one.
final class WatchedUpload implements BodyPublisher {
    private final BodyPublisher body;
    private final AtomicLong progress = new AtomicLong();
    private volatile boolean complete;

    WatchedUpload(BodyPublisher body) {
        this.body = body;
    }

    /// A number that changes with every byte handed to the connection, and once more at the end.
    long progress() {
        return progress.get();
    }

    /// Whether all of it has been handed to the connection.
    boolean isComplete() {
        return complete;
    }

    @Override
    public long contentLength() {
        return body.contentLength();
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        body.subscribe(new Flow.Subscriber<ByteBuffer>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscriber.onSubscribe(subscription);
            }

            @Override
            public void onNext(ByteBuffer buffer) {
                progress.addAndGet(buffer.remaining());
                subscriber.onNext(buffer);
            }

            @Override
            public void onError(Throwable cause) {
                subscriber.onError(cause);
            }

            @Override
            public void onComplete() {
                complete = true;
                progress.incrementAndGet();
                subscriber.onComplete();
            }
        });
    }
}
