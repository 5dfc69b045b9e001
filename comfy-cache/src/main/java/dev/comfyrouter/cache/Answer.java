package dev.comfyrouter.cache;

import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The last answer of a chain of redirects, its body unread, with what earlier hops said about the file.
///
/// @param headers names in lower case
/// @param linkedSha256 SHA-256 that Hugging Face announces for the object behind the redirect
/// @param linkedSize size that Hugging Face announces for it
/// @param disposition `Content-Disposition` of the last hop that sent one
/// @param origins whether the answer came from the origin that was asked first
record Answer(
        int status,
        Map<String, List<String>> headers,
        URI finalUrl,
        boolean origins,
        Optional<String> linkedSha256,
        OptionalLong linkedSize,
        Optional<String> disposition,
        InputStream body,
        Runnable discard)
        implements AutoCloseable {

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT))).map(List::getFirst);
    }

    List<String> all(String name) {
        return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
    }

    /// Drops the connection with whatever of the body is unread. A body that has been read to its end leaves it
    /// for the next request.
    @Override
    public void close() {
        discard.run();
    }
}
