package dev.comfyrouter.client;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Events of a sampling step as they come from a node's socket.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class EventDecodingBenchmark {
    private static final String ID = "00000000-1111-4222-8333-444444444444";
    private static final String PROGRESS =
            "{\"type\":\"progress\",\"data\":{\"value\":3,\"max\":20,\"prompt_id\":\"" + ID + "\",\"node\":\"5\"}}";
    private static final String STATE = state(7);

    @Benchmark
    public ComfyEvent progress() {
        return EventDecoder.decode(PROGRESS);
    }

    @Benchmark
    public ComfyEvent progressStateOfSevenNodes() {
        return EventDecoder.decode(STATE);
    }

    private static String state(int nodes) {
        StringBuilder text =
                new StringBuilder("{\"type\":\"progress_state\",\"data\":{\"prompt_id\":\"" + ID + "\",\"nodes\":{");
        for (int i = 1; i <= nodes; i++) {
            text.append(i == 1 ? "" : ",")
                    .append("\"%d\":{\"value\":1.0,\"max\":20.0,\"state\":\"running\",\"node_id\":\"%d\","
                            .formatted(i, i))
                    .append("\"prompt_id\":\"%s\",\"display_node_id\":\"%d\",\"parent_node_id\":null,".formatted(ID, i))
                    .append("\"real_node_id\":\"%d\"}".formatted(i));
        }
        return text.append("}}}").toString();
    }
}
