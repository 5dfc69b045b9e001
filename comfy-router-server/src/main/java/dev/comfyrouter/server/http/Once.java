package dev.comfyrouter.server.http;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Something that is costly to make and not always needed: made when it is first asked for.
final class Once<T> {
    private final Supplier<T> maker;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Optional<T> made = Optional.empty();

    Once(Supplier<T> maker) {
        this.maker = maker;
    }

    T get() {
        if (made.isPresent()) {
            return made.get();
        }
        lock.lock();
        try {
            if (made.isEmpty()) {
                made = Optional.of(maker.get());
            }
            return made.get();
        } finally {
            lock.unlock();
        }
    }
}
