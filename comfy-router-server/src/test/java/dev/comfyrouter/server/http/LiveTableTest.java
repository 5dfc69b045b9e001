package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.server.http.LiveTable.Cursor;
import dev.comfyrouter.server.http.LiveTable.News;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LiveTableTest {
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private final LiveTable table = new LiveTable(new Versions(), () -> now);

    /// Puts an object on the table and gives what a reader has seen who comes now.
    private Cursor published(String id, String name, int progress) {
        table.put("t:" + id, object(id).put("name", name).put("progress", progress));
        table.publish();
        return table.now();
    }

    private static ObjectNode object(String id) {
        return Json.MAPPER.createObjectNode().put("id", id);
    }

    private News news(Cursor seen) throws InterruptedException {
        return table.await(seen, Duration.ZERO);
    }

    private JsonNode changes(Cursor seen) throws InterruptedException {
        News.Changes changes = (News.Changes) news(seen);
        return Json.kept(
                StandardCharsets.UTF_8.decode(changes.json().duplicate()).toString());
    }

    @Test
    void aReaderGetsWhatIsNewerThanWhatItHasSeen() throws Exception {
        Cursor first = published("a", "one", 0);
        published("b", "two", 0);

        assertThat(changes(first).path("t"))
                .extracting(each -> each.path("id").asText())
                .containsExactly("b");
        assertThat(news(table.now())).isInstanceOf(News.Quiet.class);
    }

    @Test
    void whatMovesIsSentAloneAndWhatChangesIsSentWhole() throws Exception {
        Cursor first = published("a", "one", 0);
        published("a", "one", 50);
        JsonNode moved = changes(first).path("t").path(0);
        Cursor second = table.now();
        published("a", "other", 50);
        JsonNode changed = changes(second).path("t").path(0);

        assertThat(moved.has("name")).isFalse();
        assertThat(moved.path("progress").asInt()).isEqualTo(50);
        assertThat(changed.path("name").asText()).isEqualTo("other");
        assertThat(changed.path("v").asLong()).isGreaterThan(moved.path("v").asLong());
    }

    @Test
    void whatIsTheSameAsBeforeIsNoNews() throws Exception {
        Cursor seen = published("a", "one", 0);
        published("a", "one", 0);

        assertThat(news(seen)).isInstanceOf(News.Quiet.class);
    }

    @Test
    void whatIsGoneIsToldForAMinuteAndAfterThatReadersBeginAnew() throws Exception {
        Cursor seen = published("a", "one", 0);
        table.remove("t:a");
        table.publish();

        assertThat(changes(seen).path("x").path(0).asText()).isEqualTo("t:a");
        now = now.plusSeconds(61);
        table.publish();
        assertThat(news(seen)).isInstanceOf(News.Reset.class);
    }

    @Test
    void whoComesFromAnotherTimeOrFromTheFutureBeginsAnew() throws Exception {
        Cursor seen = published("a", "one", 0);

        assertThat(news(new Cursor("other", seen.version()))).isInstanceOf(News.Reset.class);
        assertThat(news(new Cursor(seen.epoch(), seen.version() + 1))).isInstanceOf(News.Reset.class);
        table.clear();
        assertThat(news(seen)).isInstanceOf(News.Reset.class);
    }

    @Test
    void whatWasSaidIsHeardOnceAndByNobodyWhoComesAMinuteLater() throws Exception {
        Cursor before = published("a", "one", 0);
        var notice = new Notices.Notice(Notices.Level.WARN, "router", "store", "a sentence");
        table.notice(notice);
        table.publish();
        Cursor after = table.now();

        assertThat(((News.Changes) news(before)).notices()).containsExactly(notice);
        assertThat(news(after)).isInstanceOf(News.Quiet.class);
        now = now.plusSeconds(61);
        published("a", "two", 0);
        assertThat(((News.Changes) news(before)).notices()).isEmpty();
    }

    @Test
    void cursorsAreTextAndRubbishIsNone() {
        assertThat(Cursor.parse("ab-12")).hasValue(new Cursor("ab", 12));
        assertThat(Cursor.parse("ab-cd-12").map(Cursor::toString)).hasValue("ab-cd-12");
        for (String rubbish : new String[] {"", "-", "12", "a-", "a-1x", "a-99999999999999999999"}) {
            assertThat(Cursor.parse(rubbish)).as(rubbish).isEqualTo(Optional.empty());
        }
    }
}
