package dev.comfyrouter.server;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.TRACE;
import static java.lang.System.Logger.Level.WARNING;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.comfyrouter.server.config.RouterConfig.Log;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Isolated("the log is the process's")
final class LoggingTest {
    private static final Log TEXT = new Log(Log.Format.TEXT, Log.Level.INFO);
    private static final Log JSON = new Log(Log.Format.JSON, Log.Level.INFO);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @AfterEach
    void restoreTheLogOfTheProcess() throws IOException {
        LogManager.getLogManager().readConfiguration();
    }

    @Test
    void aLineHoldsTimeLevelShortNameAndMessage() {
        var record = new LogRecord(java.util.logging.Level.INFO, "task {0} is done on {1}");
        record.setLoggerName("dev.comfyrouter.server.schedule.TaskRunner");
        record.setParameters(new Object[] {"17", "gpu-1"});
        record.setInstant(Instant.parse("2026-11-24T08:05:09.007654Z"));

        assertThat(new TextLog().format(record))
                .isEqualTo("2026-11-24T08:05:09.007Z INFO    TaskRunner  task 17 is done on gpu-1\n");
    }

    @Test
    void aJsonLineHoldsTheSameWithTheFullName() throws IOException {
        var record = new LogRecord(java.util.logging.Level.WARNING, "a \"quoted\" word");
        record.setLoggerName("dev.comfyrouter.server.schedule.TaskRunner");
        record.setInstant(Instant.parse("2026-11-24T08:05:09.007654Z"));

        JsonNode line = new ObjectMapper().readTree(new JsonLog().format(record));

        assertThat(line.path("time").asText()).isEqualTo("2026-11-24T08:05:09.007654Z");
        assertThat(line.path("level").asText()).isEqualTo("WARNING");
        assertThat(line.path("logger").asText()).isEqualTo("dev.comfyrouter.server.schedule.TaskRunner");
        assertThat(line.path("thread").asText())
                .isEqualTo(Thread.currentThread().getName());
        assertThat(line.path("message").asText()).isEqualTo("a \"quoted\" word");
        assertThat(line.has("error")).isFalse();
    }

    @Test
    void theIdsThatAMessageNamesAreFieldsOfTheJsonObject() throws IOException {
        Logging.install(JSON, out);
        String task = "0b5d7e0e-8f0d-4b57-9b7e-3f1f0a5f6a11";
        String prompt = "1c6d7e0e-8f0d-4b57-9b7e-3f1f0a5f6a22";
        System.Logger logger = System.getLogger("dev.comfyrouter.server.Some");
        logger.log(INFO, "task " + task + " (#7), attempt 1, prompt " + prompt + " on http://gpu-1:8188/ is done");
        logger.log(INFO, "node https://gpu-2/comfy/ is online: ComfyUI 0.33.0");
        logger.log(INFO, "127.0.0.1 POST /workflow 202 user=admin request=abc-1");

        assertThat(lines())
                .extracting(line -> new ObjectMapper().readTree(line))
                .extracting(line -> line.path("task").asText()
                        + "|" + line.path("prompt").asText()
                        + "|" + line.path("node").asText()
                        + "|" + line.path("request").asText())
                .containsExactly(task + "|" + prompt + "|http://gpu-1:8188/|", "||https://gpu-2/comfy/|", "|||abc-1");
    }

    @Test
    void ourLinesAreWrittenFromInfoOnAndThoseOfLibrariesFromWarningOn() {
        Logging.install(TEXT, out);
        System.Logger ours = System.getLogger("dev.comfyrouter.server.Some");
        System.Logger library = System.getLogger("org.flywaydb.core.Some");
        ours.log(DEBUG, "our debug");
        ours.log(INFO, "our info");
        library.log(INFO, "their info");
        library.log(WARNING, "their warning");

        assertThat(messages()).containsExactly("our info", "their warning");
    }

    @ParameterizedTest
    @CsvSource({
        "ERROR,   e",
        "WARNING, e w",
        "INFO,    e w i",
        "DEBUG,   e w i d",
        "TRACE,   e w i d t",
    })
    void theLevelOfOurLinesIsASetting(Log.Level level, String written) {
        Logging.install(new Log(Log.Format.TEXT, level), out);
        System.Logger logger = System.getLogger("dev.comfyrouter.server.Some");
        logger.log(ERROR, "e");
        logger.log(WARNING, "w");
        logger.log(INFO, "i");
        logger.log(DEBUG, "d");
        logger.log(TRACE, "t");

        assertThat(messages()).containsExactly(written.split(" "));
    }

    @ParameterizedTest
    @EnumSource
    void aMessageStaysOnItsLineWhateverANodePutsIntoIt(Log.Format format) {
        Logging.install(new Log(format, Log.Level.INFO), out);

        System.getLogger("dev.comfyrouter.A").log(WARNING, "one\r\n2026-11-24 ERROR forged\u001b[31m\ttab\u0085");

        assertThat(lines()).singleElement().asString().doesNotContain("\u001b", "\t", "\u0085");
    }

    @ParameterizedTest
    @EnumSource
    void userInformationOfUrlsIsNotWritten(Log.Format format) {
        Logging.install(new Log(format, Log.Level.INFO), out);

        System.getLogger("dev.comfyrouter.A")
                .log(WARNING, "http://user:s3cret@gpu-1:8188/x is gone", new IOException("to https://s3cret@gpu-2"));

        assertThat(written()).doesNotContain("s3cret").contains("http://***@gpu-1:8188/x", "https://***@gpu-2");
    }

    @Test
    void aThrowableFollowsOnIndentedLinesWithItsCauses() {
        Logging.install(TEXT, out);
        var cause = new IOException("broken\npipe");
        var thrown = new IllegalStateException(cause);
        thrown.addSuppressed(new IOException("on close"));

        System.getLogger("dev.comfyrouter.A").log(ERROR, "lost", thrown);

        assertThat(messages()).containsExactly("lost");
        assertThat(lines())
                .filteredOn(line -> line.startsWith("  ") && !line.startsWith("    at "))
                .containsExactly(
                        "  java.lang.IllegalStateException: java.io.IOException: broken\\npipe",
                        "  suppressed: java.io.IOException: on close",
                        "  caused by: java.io.IOException: broken\\npipe");
        assertThat(lines()).anyMatch(line -> line.startsWith("    at " + LoggingTest.class.getName() + "."));
    }

    @Test
    void aThrowableThatIsItsOwnCauseEnds() {
        var one = new IllegalStateException("one");
        var two = new IllegalStateException("two", one);
        one.initCause(two);

        assertThat(LogText.trace(one))
                .filteredOn(line -> !line.startsWith("at "))
                .containsExactly(
                        "caused by: java.lang.IllegalStateException: two",
                        "caused by: java.lang.IllegalStateException: one");
    }

    @Test
    void aThrowableIsPartOfTheJsonObject() throws IOException {
        Logging.install(JSON, out);

        System.getLogger("dev.comfyrouter.A")
                .log(ERROR, "lost", new IllegalStateException("odd", new IOException("broken")));

        JsonNode line = new ObjectMapper().readTree(lines().getFirst());
        assertThat(lines()).hasSize(1);
        assertThat(line.path("error").asText()).isEqualTo("java.lang.IllegalStateException: odd");
        assertThat(line.path("stack"))
                .extracting(JsonNode::asText)
                .contains("caused by: java.io.IOException: broken")
                .anyMatch(frame -> frame.startsWith("at " + LoggingTest.class.getName() + "."));
    }

    @Test
    void aSecondSetUpReplacesTheFirst() {
        var first = new ByteArrayOutputStream();
        Logging.install(TEXT, first);
        Logging.install(TEXT, out);

        System.getLogger("dev.comfyrouter.A").log(INFO, "once");

        assertThat(messages()).containsExactly("once");
        assertThat(first.size()).isZero();
    }

    private List<String> messages() {
        return lines().stream()
                .filter(line -> !line.startsWith(" "))
                .map(line -> line.substring(line.indexOf("  ", 34) + 2))
                .toList();
    }

    private List<String> lines() {
        return written().lines().toList();
    }

    private String written() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
