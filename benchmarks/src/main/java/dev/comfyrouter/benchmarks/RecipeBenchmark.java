package dev.comfyrouter.benchmarks;

import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Sd15;
import dev.comfyrouter.workflows.Workflow;
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

/// From a request's parameters to a recipe, and from it to the graph that a node is sent.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class RecipeBenchmark {
    private static final String PARAMS = "{\"prompt\":\"a cat\",\"checkpoint\":\"v1-5.safetensors\",\"seed\":7,"
            + "\"loras\":[{\"name\":\"paper.safetensors\",\"weight\":0.8}],\"width\":768}";

    private final Sd15 recipe = (Sd15) Recipe.parse("SD15", PARAMS);
    private final Workflow workflow = recipe.workflow();

    @Benchmark
    public Recipe parameters() {
        return Recipe.parse("SD15", PARAMS);
    }

    @Benchmark
    public Workflow graph() {
        return recipe.workflow();
    }

    @Benchmark
    public String json() {
        return workflow.toJson();
    }
}
