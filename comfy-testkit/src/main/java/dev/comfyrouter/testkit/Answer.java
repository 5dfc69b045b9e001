package dev.comfyrouter.testkit;

import java.time.Duration;

/// What happens to a connection after a request was read.
sealed interface Answer {

    /// The response is sent as fast as the client reads.
    record Whole(HttpResponse response) implements Answer {}

    /// The body comes in small pieces, with a pause after each.
    record Slow(HttpResponse response, int bytesPerPiece, Duration pause) implements Answer {}

    /// The connection is cut after half of the body.
    record HalfThenCut(HttpResponse response) implements Answer {}

    /// Half of the body is sent, then nothing more; the connection stays open.
    record HalfThenSilence(HttpResponse response) implements Answer {}

    /// Nothing is ever sent; the connection stays open.
    record Silence() implements Answer {}

    /// The connection is cut without an answer.
    record Cut() implements Answer {}

    /// The connection becomes a WebSocket.
    record Upgrade(WebSocketEndpoint endpoint) implements Answer {}
}
