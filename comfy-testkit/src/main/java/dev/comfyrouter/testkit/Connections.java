package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/// The WebSocket endpoint: welcomes, feature flags, good-byes.
final class Connections {

    private final Engine engine;

    Connections(Engine engine) {
        this.engine = engine;
    }

    Answer answer(HttpRequest request) {
        String upgrade = request.header("Upgrade").orElse("");
        if (!upgrade.toLowerCase(Locale.ROOT).equals("websocket")) {
            String given = upgrade.isEmpty() ? "None" : upgrade;
            return new Answer.Whole(HttpResponse.text(
                    400, "No WebSocket UPGRADE hdr: " + given + "\n Can \"Upgrade\" only to \"WebSocket\"."));
        }
        if (engine.faults().refusesWebSockets()) {
            return new Answer.Whole(HttpResponse.empty(403));
        }
        String sid = request.parameter("clientId")
                .filter(given -> !given.isEmpty())
                .orElseGet(() -> UUID.randomUUID().toString().replace("-", ""));
        return new Answer.Upgrade(new Session(sid));
    }

    private final class Session implements WebSocketEndpoint {
        private final String sid;
        private final AtomicBoolean first = new AtomicBoolean(true);

        Session(String sid) {
            this.sid = sid;
        }

        @Override
        public void opened(WebSocket socket) {
            engine.sockets().register(sid, socket);
            engine.announce();
            engine.events().welcome(sid, engine.queue().remaining());
            engine.shownNodeFor(sid)
                    .ifPresent(node -> engine.events()
                            .send(Optional.of(sid), "executing", () -> "{\"node\":" + Json.quoted(node) + "}"));
        }

        @Override
        public void received(WebSocket socket, String text) {
            if (!first.getAndSet(false) || !engine.release().honoursPromptId()) {
                return;
            }
            try {
                JsonNode message = Json.read(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                if (message.path("type").asText().equals("feature_flags")) {
                    if (message.path("data").path("supports_preview_metadata").asBoolean()) {
                        engine.sockets().negotiatePreviewMetadata(sid);
                    }
                    engine.events().send(Optional.of(sid), "feature_flags", InfoRoutes.features(engine.release()));
                }
            } catch (JsonProcessingException unreadable) {
                // A real server only logs it; the socket stays as it is.
                return;
            }
        }

        @Override
        public void closed(WebSocket socket) {
            engine.sockets().unregister(sid, socket);
            engine.announce();
        }
    }
}
