package dev.comfyrouter.testkit;

import dev.comfyrouter.workflows.NodeType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The settings of a [FakeComfyServer]; each has a default that suits tests.
public final class FakeComfyBuilder {
    int port;
    String pathPrefix = "";
    String version = "0.33.0";
    final Map<String, Map<String, Long>> models = new TreeMap<>(DemoModels.all());
    Optional<Path> modelsDirectory = Optional.empty();
    final Map<String, NodeType> types = new LinkedHashMap<>();
    final List<String> withoutClasses = new ArrayList<>();
    final Map<String, NodeBehaviour> behaviours = new HashMap<>();
    Pictures pictures = Pictures.PLAIN;
    Duration stepTime = Duration.ZERO;
    Duration executionTime = Duration.ZERO;
    Duration historyDelay = Duration.ZERO;
    String previewMethod = "none";
    boolean reconnectBug = true;
    boolean cache = true;
    int recordedRequests = 10_000;
    int maxHistory = PromptQueue.MAX_HISTORY;
    Script script = Script.NONE;
    long videoMemory = 25_757_220_864L;
    String pytorch = "2.13.0 (simulated)";

    FakeComfyBuilder() {}

    private FakeComfyBuilder(FakeComfyBuilder other) {
        port = other.port;
        pathPrefix = other.pathPrefix;
        version = other.version;
        models.clear();
        models.putAll(other.models);
        modelsDirectory = other.modelsDirectory;
        types.putAll(other.types);
        withoutClasses.addAll(other.withoutClasses);
        behaviours.putAll(other.behaviours);
        pictures = other.pictures;
        stepTime = other.stepTime;
        executionTime = other.executionTime;
        historyDelay = other.historyDelay;
        previewMethod = other.previewMethod;
        reconnectBug = other.reconnectBug;
        cache = other.cache;
        recordedRequests = other.recordedRequests;
        maxHistory = other.maxHistory;
        script = other.script;
        videoMemory = other.videoMemory;
        pytorch = other.pytorch;
    }

    /// A fixed port instead of a free one.
    public FakeComfyBuilder port(int given) {
        port = given;
        return this;
    }

    /// Everything lies below this path, as behind a proxy: `/comfy`.
    public FakeComfyBuilder pathPrefix(String given) {
        if (!given.isEmpty() && (!given.startsWith("/") || given.endsWith("/"))) {
            throw new IllegalArgumentException("a path prefix looks like /comfy, not '" + given + "'");
        }
        pathPrefix = given;
        return this;
    }

    /// The version of ComfyUI to behave as. 0.3.64 and 0.33.0 were recorded; between and before them, what is
    /// known of each change is followed: below 0.3.45 the client's prompt id is ignored, below 0.3.57 an
    /// interrupt always is global, and so on.
    public FakeComfyBuilder version(String given) {
        Release.of(given);
        version = given;
        return this;
    }

    /// These files of a folder instead of those of the demonstration, 1 MiB each.
    ///
    /// @param folder as below `models/`: `checkpoints`, `loras`, …
    public FakeComfyBuilder models(String folder, String... names) {
        Map<String, Long> files = new TreeMap<>();
        for (String name : names) {
            files.put(name, 1024L * 1024);
        }
        models.put(folder, files);
        return this;
    }

    /// No declared models: only those of [#modelsDirectory] and [#models] from here on.
    public FakeComfyBuilder noModels() {
        models.clear();
        return this;
    }

    /// A real `models/` directory, whose files and links are seen at once.
    public FakeComfyBuilder modelsDirectory(Path given) {
        modelsDirectory = Optional.of(given);
        return this;
    }

    /// One more node class, or another declaration of a known one.
    public FakeComfyBuilder node(NodeType type, NodeBehaviour behaviour) {
        types.put(type.name(), type);
        behaviours.put(type.name(), behaviour);
        return this;
    }

    /// Another behaviour of a known class.
    public FakeComfyBuilder behaviour(String classType, NodeBehaviour behaviour) {
        behaviours.put(classType, behaviour);
        return this;
    }

    /// The server does not know this class, as `SaveImageWebsocket` on servers without custom nodes.
    public FakeComfyBuilder withoutClass(String classType) {
        withoutClasses.add(classType);
        return this;
    }

    /// What pictures look like; [Pictures#PLAIN] by default.
    public FakeComfyBuilder pictures(Pictures given) {
        pictures = given;
        return this;
    }

    /// The time of each sampling step; none by default.
    public FakeComfyBuilder stepTime(Duration given) {
        stepTime = given;
        return this;
    }

    /// The time of a whole execution, spent in its first sampler (or output node); none by default.
    public FakeComfyBuilder executionTime(Duration given) {
        executionTime = given;
        return this;
    }

    /// See [Faults#delayHistory].
    public FakeComfyBuilder historyDelay(Duration given) {
        historyDelay = given;
        return this;
    }

    /// What `--preview-method` says: `none` (the default) or `auto`. From 0.5.0 on a prompt's own
    /// `preview_method` wins.
    public FakeComfyBuilder previewMethod(String given) {
        previewMethod = given;
        return this;
    }

    /// Whether the end of a displaced socket makes its successor deaf, as on every version so far; true by
    /// default.
    public FakeComfyBuilder reconnectBug(boolean given) {
        reconnectBug = given;
        return this;
    }

    /// Whether outputs are cached; true by default. False behaves as `--cache-none`.
    public FakeComfyBuilder cache(boolean given) {
        cache = given;
        return this;
    }

    /// The memory of the GPU in bytes; 24 GiB by default.
    public FakeComfyBuilder videoMemory(long given) {
        videoMemory = given;
        return this;
    }

    /// The version of PyTorch that it says it has, such as `2.3.1+cu121`.
    public FakeComfyBuilder pytorch(String given) {
        pytorch = given;
        return this;
    }

    FakeComfyBuilder script(Script given) {
        script = given;
        return this;
    }

    /// How many requests are remembered, with their bodies; 0 for none, as load tests want.
    public FakeComfyBuilder recordRequests(int given) {
        recordedRequests = given;
        return this;
    }

    /// How many ended prompts the history keeps; 10 001 by default, as ComfyUI does, which takes about 100 MB
    /// when full.
    public FakeComfyBuilder maxHistory(int given) {
        if (given < 1) {
            throw new IllegalArgumentException("the history keeps at least one prompt, not " + given);
        }
        maxHistory = given;
        return this;
    }

    /// A node to look at: painted pictures, previews, about three seconds for each execution.
    public FakeComfyBuilder demo() {
        return pictures(Pictures.PAINTED)
                .previewMethod("auto")
                .executionTime(Duration.ofSeconds(3))
                .recordRequests(0)
                .maxHistory(1_000);
    }

    /// Starts a server; the builder can be used for more of them.
    ///
    /// @throws UncheckedIOException when the port is taken
    public FakeComfyServer start() {
        try {
            return new FakeComfyServer(new FakeComfyBuilder(this));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
