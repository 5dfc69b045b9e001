package dev.comfyrouter.client;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// The events of one connection to a server, pulled by one reader.
///
/// The connection is read all the time, because one client that does not read holds up the events of all clients
/// of a ComfyUI server. Up to 10,000 events wait for the reader; of a slower reader's previews only the newest
/// of each prompt are kept, and if that is not enough the stream ends.
///
/// A server sends nothing while nothing happens. After 15 s of silence [#poll] asks it for a sign of life; if
/// none comes within 20 s (a server that loads a model can be mute for seconds) the connection counts as lost.
public final class EventStream implements AutoCloseable {
    private final EventConnection connection;
    private final EventBuffer buffer;
    private final InstantSource clock;
    private final String server;
    private final String clientId;
    private Instant pingSent = Instant.MIN;

    EventStream(EventConnection connection, String server, String clientId, InstantSource clock) {
        this.connection = connection;
        this.buffer = connection.buffer();
        this.server = server;
        this.clientId = clientId;
        this.clock = clock;
    }

    /// The name under which prompts must be submitted for their events to come here.
    public String clientId() {
        return clientId;
    }

    /// The next event, or empty if none came in time.
    ///
    /// @param timeout how long to wait; zero to look only
    /// @throws ComfyException.Unreachable if the connection is lost or closed and all its events have been read.
    ///     Prompts go on without it: follow them with [ComfyClient#queue] and [ComfyClient#history(PromptId)]
    public Optional<ComfyEvent> poll(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            Duration untilCheck = checkPeer();
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            boolean last = left.compareTo(untilCheck) <= 0;
            try {
                var event = buffer.poll(last ? left : untilCheck);
                if (event.isPresent() || last) {
                    return event;
                }
            } catch (EventBuffer.Ended ended) {
                connection.abandon();
                throw new ComfyException.Unreachable(
                        server + ": the event stream is gone: " + ended.getMessage(), true, null);
            }
        }
    }

    /// Asks a silent peer for a sign of life, gives up a dead one, and says how long until it must be looked at
    /// again.
    private Duration checkPeer() {
        Instant now = clock.instant();
        Instant heard = connection.lastReceived();
        if (!pingSent.isAfter(heard)) {
            Duration untilPing = EventConnection.SILENCE_BEFORE_PING.minus(Duration.between(heard, now));
            if (untilPing.isPositive()) {
                return untilPing;
            }
            pingSent = now;
            connection.ping();
            return EventConnection.PONG_PATIENCE;
        }
        Duration untilDead = EventConnection.PONG_PATIENCE.minus(Duration.between(pingSent, now));
        if (untilDead.isPositive()) {
            return untilDead;
        }
        buffer.end("the server gave no sign of life for " + Durations.words(Duration.between(heard, now)));
        return EventConnection.PONG_PATIENCE;
    }

    /// When the last frame of any kind came, by the client's clock.
    public Instant lastReceived() {
        return connection.lastReceived();
    }

    /// Whether more events can come.
    public boolean isOpen() {
        return !buffer.hasEnded();
    }

    /// How many previews were dropped because this reader was too slow.
    public long droppedPreviews() {
        return buffer.dropped();
    }

    /// Says goodbye to the server and closes the connection. It may be called from another thread than the
    /// reader's, whose `poll` then throws.
    @Override
    public void close() {
        buffer.end("it was closed");
        connection.abandon();
    }
}
