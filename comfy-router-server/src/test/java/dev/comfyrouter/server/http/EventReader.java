package dev.comfyrouter.server.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Reads a stream of server-sent events.
final class EventReader implements AutoCloseable {
    private final HttpResponse<InputStream> response;
    private final BufferedReader lines;

    record Event(String name, Optional<String> id, String data) {}

    private EventReader(HttpResponse<InputStream> response) {
        this.response = response;
        this.lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    static EventReader open(Door door, HttpRequest.Builder request) throws IOException, InterruptedException {
        return new EventReader(door.client.send(request.build(), BodyHandlers.ofInputStream()));
    }

    int status() {
        return response.statusCode();
    }

    /// The next event; empty at the end of the stream.
    Optional<Event> next() throws IOException {
        String name = "message";
        Optional<String> id = Optional.empty();
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty()) {
                return Optional.of(new Event(name, id, data));
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("id: ")) {
                id = Optional.of(line.substring(4));
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            }
        }
        return Optional.empty();
    }

    /// The next event with this name, whatever comes before.
    Event next(String name) throws IOException {
        for (Optional<Event> event = next(); event.isPresent(); event = next()) {
            if (event.get().name().equals(name)) {
                return event.get();
            }
        }
        throw new AssertionError("the stream ended before an event " + name);
    }

    @Override
    public void close() throws IOException {
        response.body().close();
    }
}
