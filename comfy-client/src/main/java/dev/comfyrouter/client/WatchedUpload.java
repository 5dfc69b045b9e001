package dev.comfyrouter.client;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Flow;

/// A request body that knows when something was last taken from it, so that an upload that stalls can be told from a
/// long
/// one.
final class WatchedUpload implements BodyPublisher {
    private final BodyPublisher body;
    private volatile long lastProgress = System.nanoTime();
    private volatile boolean complete;

    WatchedUpload(BodyPublisher body) {
        this.body = body;
    }

    /// How long nothing has been handed to the connection.
    Duration pause() {
        return Duration.ofNanos(System.nanoTime() - lastProgress);
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
                lastProgress = System.nanoTime();
                subscriber.onNext(buffer);
            }

            @Override
            public void onError(Throwable cause) {
                subscriber.onError(cause);
            }

            @Override
            public void onComplete() {
                lastProgress = System.nanoTime();
                complete = true;
                subscriber.onComplete();
            }
        });
    }
}
