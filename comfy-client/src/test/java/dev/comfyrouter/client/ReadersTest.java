package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadersTest {
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static HistoryEntry history(String entry) throws Exception {
        return Objects.requireNonNull(
                HistoryReader.read(utf8("{\"p\":" + entry + "}")).get(new PromptId("p")));
    }

    @Test
    void theQueueIsSortedAsItWillRunAndItsGraphsArePassedOver() throws Exception {
        var queue = QueueReader.read(utf8("""
                {"queue_running":[[0,"r",{"1":{"inputs":{"x":NaN}}},{"client_id":"me","create_time":1},["9"],"more"]],
                 "queue_pending":[[3,"c",{},{},[]],[-1.5,"z",{},null,[]],[2,"b",{},{},[]],[2,"a",{},{"client_id":null},[]]],
                 "new":{"x":[1]}}"""));
        assertThat(queue.running()).containsExactly(new QueuedPrompt(new PromptId("r"), 0, Optional.of("me")));
        assertThat(queue.pending())
                .extracting(prompt -> prompt.promptId().value())
                .containsExactly("z", "a", "b", "c");
        assertThat(queue.size()).isEqualTo(5);
        assertThat(queue.isRunning(new PromptId("r"))).isTrue();
        assertThat(queue.isPending(new PromptId("r"))).isFalse();
        assertThat(queue.contains(new PromptId("c"))).isTrue();
        assertThat(queue.contains(new PromptId("d"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"queue_running\":[]}",
                "{\"queue_running\":{},\"queue_pending\":[]}",
                "{\"queue_running\":[[1]],\"queue_pending\":[]}",
                "{\"queue_running\":[[1,\"a\""
            })
    void whatIsNoQueueIsNotReadAsAnEmptyOne(String json) {
        assertThatThrownBy(() -> QueueReader.read(utf8(json))).isInstanceOf(IOException.class);
    }

    @Test
    void anInterruptIsNotAnErrorAlthoughItsStatusSaysSo() throws Exception {
        var entry = history("""
                {"prompt":[1],"outputs":{},"status":{"status_str":"error","completed":false,"messages":[
                 ["execution_start",{"timestamp":1000}],["execution_cached",{"nodes":["4"],"timestamp":1001}],
                 ["execution_interrupted",{"node_id":"3","timestamp":3500}]]}}""");
        assertThat(entry.outcome()).isEqualTo(Outcome.INTERRUPTED);
        assertThat(entry.error()).isEmpty();
        assertThat(entry.cached()).containsExactly("4");
        assertThat(entry.runTime()).contains(Duration.ofMillis(2500));
    }

    @Test
    void messagesAreRightWhereTheStatusIsWrong() throws Exception {
        var failed = history("""
                {"outputs":{"9":{"images":[{"filename":"a.png","subfolder":"s","type":"output","id":"x"}]}},
                 "status":{"status_str":"success","completed":true,"messages":[["execution_error",{"node_id":"3",
                 "node_type":"KSampler","exception_type":"ValueError","exception_message":"bad\\n","traceback":["a","b"],
                 "executed":["9"],"current_inputs":{"seed":[18446744073709551615],"x":[NaN]}}]]}}""");
        assertThat(failed.outcome()).isEqualTo(Outcome.ERROR);
        assertThat(failed.outputs()).containsExactly(new OutputFile("9", "images", "a.png", "s", "output"));
        assertThat(failed.error())
                .contains(new ExecutionError(
                        "3",
                        "KSampler",
                        "ValueError",
                        "bad",
                        List.of("a", "b"),
                        List.of("9"),
                        Map.of("seed", "[18446744073709551615]", "x", "[\"NaN\"]")));
        var success = history(
                "{\"outputs\":{},\"status\":{\"status_str\":\"error\",\"messages\":[[\"execution_success\",{}]]}}");
        assertThat(success.outcome()).isEqualTo(Outcome.SUCCESS);
    }

    @Test
    void filesOfEveryKindTextsAndTheRestAreKeptApart() throws Exception {
        var entry = history("""
                {"outputs":{"1":{"images":[{"filename":"a.webp","subfolder":"","type":"temp"}],"animated":[true]},
                 "2":{"gifs":[{"filename":"b.mp4","subfolder":"v","type":"output","format":"video/h264-mp4"}],
                 "audio":[{"filename":"c.flac"}],"3d":[{"filename":"d.glb","subfolder":"","type":"output"}]},
                 "3":{"text":["one","two"],"string":"three","mixed":["x",1,{"filename":"e.png"}],"empty":[]}},"status":null}""");
        assertThat(entry.outcome()).isEqualTo(Outcome.SUCCESS);
        assertThat(entry.outputs())
                .containsExactly(
                        new OutputFile("1", "images", "a.webp", "", "temp"),
                        new OutputFile("2", "gifs", "b.mp4", "v", "output"),
                        new OutputFile("2", "audio", "c.flac", "", "output"),
                        new OutputFile("2", "3d", "d.glb", "", "output"),
                        new OutputFile("3", "mixed", "e.png", "", "output"));
        assertThat(entry.texts())
                .containsExactly(
                        new OutputText("3", "text", "one"),
                        new OutputText("3", "text", "two"),
                        new OutputText("3", "string", "three"));
        assertThat(entry.result().other())
                .containsExactly(
                        new Outputs.Other("1", "animated", "[true]"),
                        new Outputs.Other("3", "mixed", "[\"x\",1,{\"filename\":\"e.png\"}]"),
                        new Outputs.Other("3", "empty", "[]"));
    }

    @Test
    void aLongTextInAGraphDoesNotStopTheHistory() throws Exception {
        String picture = "A".repeat(30 << 20);
        assertThat(history("{\"prompt\":[1,\"p\",{\"1\":{\"inputs\":{\"image\":\"" + picture
                                + "\"}}}],\"outputs\":{},\"status\":{\"status_str\":\"success\"}}")
                        .outcome())
                .isEqualTo(Outcome.SUCCESS);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    torch.OutOfMemoryError | Allocation on device | true
                    torch.cuda.OutOfMemoryError | CUDA out of memory. | true
                    torch.AcceleratorError | CUDA error: out of memory | true
                    RuntimeError | HIP out of memory | true
                    RuntimeError | This error means you ran out of memory on your GPU. | true
                    RuntimeError | shapes do not match | false
                    ValueError | we are out of memory cards | false
                    """)
    void outOfMemoryIsToldFromOtherErrors(String type, String message, boolean expected) {
        var error = new ExecutionError("3", "KSampler", type, message, List.of(), List.of(), Map.of());
        assertThat(error.outOfMemory()).isEqualTo(expected);
    }

    @Test
    void versionsAreComparedNumberByNumber() {
        assertThat(Stream.of("0.33.0", "0.4.0", "0.3.76", "0.3.57", "1.0", "0.3.9")
                        .map(text -> Version.tryParse(text).orElseThrow())
                        .sorted())
                .extracting(Version::toString)
                .containsExactly("0.3.9", "0.3.57", "0.3.76", "0.4.0", "0.33.0", "1.0.0");
        assertThat(Version.tryParse("v0.3.64-12-gabc")).contains(new Version(0, 3, 64));
        assertThat(Version.tryParse("unknown")).isEmpty();
        assertThat(new Version(0, 3, 57).isSupported()).isTrue();
        assertThat(new Version(0, 3, 56).isSupported()).isFalse();
    }

    @Test
    void promptIdsOfOursAreCanonicalAndOthersAreTaken() {
        assertThat(PromptId.random().isCanonical()).isTrue();
        assertThat(new PromptId("None").isCanonical()).isFalse();
        for (String wrong :
                List.of("", "None", "11111111-2222-4333-8444-55555555555A", "11111111x2222-4333-8444-555555555555")) {
            assertThatThrownBy(() -> PromptId.of(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"cm-queue-status\",\"data\":{\"x\":NaN}}",
                "{\"type\":\"logs\",\"data\":{\"entries\":[],\"size\":1}}",
                "{\"type\":\"assets.seed.started\",\"data\":null}",
                "{\"type\":\"progress\",\"data\":{\"value\":1,\"max\":2}}",
                "{\"type\":\"progress_state\",\"data\":{\"prompt_id\":\"p\"}}",
                "{\"type\":\"executing\",\"data\":\"x\"}",
                "{\"type\":\"status\"}",
                "[1]",
                "null"
            })
    void aMessageThatIsNotKnownIsKeptAsItCame(String json) {
        assertThat(EventDecoder.decode(json))
                .isInstanceOfSatisfying(
                        ComfyEvent.Unknown.class,
                        unknown -> assertThat(unknown.json()).isEqualTo(json));
    }

    @Test
    void aNodeThatOnlyBlocksIsNotTheEndOfThePrompt() {
        assertThat(
                        EventDecoder.decode(
                                "{\"type\":\"execution_error\",\"data\":{\"prompt_id\":\"p\",\"exception_type\":\"ExecutionBlocked\"}}"))
                .isInstanceOf(ComfyEvent.Blocked.class)
                .isNotInstanceOf(ComfyEvent.Finished.class);
    }

    @Test
    void anExecutedNodeMayHaveNoOutput() {
        assertThat(EventDecoder.decode(
                        "{\"type\":\"executed\",\"data\":{\"prompt_id\":\"p\",\"node\":7,\"output\":null}}"))
                .isEqualTo(new ComfyEvent.Executed(new PromptId("p"), "7", Optional.empty(), Outputs.NONE));
    }
}
