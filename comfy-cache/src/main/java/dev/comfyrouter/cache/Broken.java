package dev.comfyrouter.cache;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.apache.hc.core5.http.ConnectionClosedException;

/// A try came to nothing for a reason that may pass.
final class Broken extends Exception {

    final Optional<Duration> retryAfter;

    /// Whether the body ended before its time.
    final boolean cutOff;

    Broken(String message, Optional<Duration> retryAfter, boolean cutOff) {
        super(message);
        this.retryAfter = retryAfter;
        this.cutOff = cutOff;
    }

    /// A failure of the network, in words that hold no URL: messages of libraries may quote one with its query.
    static Broken by(IOException e) {
        var text = switch (e) {
            case UnknownHostException unknown -> "the host is not known";
            case SocketTimeoutException silent -> "the server was silent for too long";
            case ConnectException refused -> "the connection was refused";
            case SSLException tls -> "no TLS connection: " + tls.getMessage();
            case ConnectionClosedException closed -> "the connection was closed too early";
            default -> "the connection failed (" + e.getClass().getSimpleName() + ")";
        };
        return new Broken(text, Optional.empty(), e instanceof ConnectionClosedException);
    }
}
