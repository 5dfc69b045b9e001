package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.http.LiveTable.Cursor;
import dev.comfyrouter.server.http.LiveTable.News;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The whole state for live pages: once as a snapshot, then as a stream of what changes.
final class StateService implements HttpService {
    static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");

    private final LiveTable table;
    private final LiveWatch watch;
    private final HttpDoor.Build build;
    private final SessionService.Limits limits;
    private final InstantSource clock;
    private final Answers answers;

    StateService(
            LiveTable table,
            LiveWatch watch,
            HttpDoor.Build build,
            RouterConfig config,
            InstantSource clock,
            Answers answers) {
        this.table = table;
        this.watch = watch;
        this.build = build;
        this.limits = SessionService.Limits.of(config);
        this.clock = clock;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/state", this::state).get("/events", this::events);
    }

    private void state(ServerRequest request, ServerResponse response) throws InterruptedException {
        watch.look();
        ObjectNode snapshot = table.snapshot();
        snapshot.put("now", Json.time(clock.instant()));
        snapshot.put("build", build.id());
        snapshot.set("limits", Json.MAPPER.valueToTree(limits));
        answers.largeJson(request, response, snapshot);
    }

    private void events(ServerRequest request, ServerResponse response) throws InterruptedException {
        // A browser that reconnects by itself repeats the old URL, but says what it has seen.
        Optional<String> since = request.headers().first(LAST_EVENT_ID).or(() -> Query.first(request, "since"));
        watch.look();
        Cursor seen = since.isEmpty() ? table.now() : Cursor.parse(since.get()).orElse(new Cursor("unknown", 0));
        try (Sse stream = Sse.open(response, answers)) {
            Instant now = clock.instant();
            stream.send("hello", Optional.empty(), Map.of("build", build.id(), "epoch", table.epoch(), "now", now));
            stream.ping(now);
            follow(stream, seen);
        }
    }

    record NoticeView(String level, String text) {
        static NoticeView of(Notices.Notice notice) {
            return new NoticeView(notice.level().name().toLowerCase(Locale.ROOT), notice.text());
        }
    }

    private void follow(Sse stream, Cursor from) throws InterruptedException {
        Cursor seen = from;
        long pingAt = System.nanoTime() + Sse.HEARTBEAT.toNanos();
        while (true) {
            News news = table.await(seen, Duration.ofNanos(Math.max(0, pingAt - System.nanoTime())));
            switch (news) {
                case News.Changes(Cursor cursor, ByteBuffer json, List<Notices.Notice> notices) -> {
                    for (Notices.Notice notice : notices) {
                        stream.send("notice", Optional.empty(), NoticeView.of(notice));
                    }
                    stream.send(Sse.event("delta", Optional.of(cursor.toString()), json));
                    seen = cursor;
                }
                case News.Quiet quiet -> {}
                case News.Reset reset -> {
                    stream.send("reset", Optional.empty(), Map.of());
                    return;
                }
                case News.End end -> {
                    return;
                }
            }
            if (System.nanoTime() - pingAt >= 0) {
                watch.look();
                stream.ping(clock.instant());
                pingAt = System.nanoTime() + Sse.HEARTBEAT.toNanos();
            }
        }
    }
}
