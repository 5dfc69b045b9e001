package dev.comfyrouter.testkit;

import dev.comfyrouter.workflows.NodeCatalog;
import dev.comfyrouter.workflows.NodeType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// A ComfyUI in this process: real HTTP and WebSocket on a free port of the loopback interface, answers and
/// events as the real one gives them (0.3.64 and 0.33.0 were recorded), and pictures without a GPU.
///
/// ```java
/// try (FakeComfyServer node = FakeComfyServer.start()) { … node.url() … }
/// ```
///
/// Prompts run strictly one at a time and at once, unless a pace, a gate ([#holdExecutions]) or a fault
/// ([#faults]) says otherwise. Everything is held in memory. All methods are thread-safe.
public final class FakeComfyServer implements AutoCloseable {

    private final FakeComfyBuilder settings;
    private final Changes changes = new Changes();
    private final Journal journal;
    private final Faults faults;
    private final FileStore files = new FileStore();
    private final HttpServer http;
    private final String prefix;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by `lock`.
    private Worker worker;

    private volatile Engine engine;
    private volatile Routes routes;

    FakeComfyServer(FakeComfyBuilder settings) throws IOException {
        this.settings = settings;
        this.prefix = settings.pathPrefix;
        this.journal = new Journal(settings.recordedRequests, changes);
        this.faults = new Faults(new Levers(), settings.historyDelay);
        this.engine = newEngine();
        this.routes = new Routes(engine, prefix);
        this.http = HttpServer.start(settings.port, request -> routes.apply(request));
        this.worker = Worker.start(engine, settings.pictures == Pictures.PAINTED);
    }

    /// Starts a server of version 0.33.0 with the models of the demonstration on a free port.
    public static FakeComfyServer start() {
        return builder().start();
    }

    public static FakeComfyBuilder builder() {
        return new FakeComfyBuilder();
    }

    /// The base URL, with the path prefix if there is one and without a slash at the end.
    public URI url() {
        return URI.create("http://127.0.0.1:" + http.port() + prefix);
    }

    public int port() {
        return http.port();
    }

    public Faults faults() {
        return faults;
    }

    /// Requests in order of arrival, the newest 10 000 unless [FakeComfyBuilder#recordRequests] says otherwise.
    public List<RecordedRequest> requests() {
        return journal.requests();
    }

    /// Those of [#requests] with this method and a path that ends so, as `("POST", "/prompt")`.
    public List<RecordedRequest> requests(String method, String pathEnd) {
        return requests().stream()
                .filter(request ->
                        request.method().equals(method) && request.path().endsWith(pathEnd))
                .toList();
    }

    /// Executions that ended, oldest first; they are remembered over restarts.
    public List<Execution> executions() {
        return journal.executions();
    }

    /// How often the execution of this prompt was begun: to prove that nothing ran twice. Remembered over
    /// restarts.
    public int timesStarted(String promptId) {
        return journal.timesStarted(promptId);
    }

    /// How many executions were begun, in all.
    public long startedExecutions() {
        return journal.startedCount();
    }

    /// The most prompts that were there at one moment since the last restart, running and pending.
    public int mostPromptsAtOnce() {
        return engine.queue().mostAtOnce();
    }

    /// The id of the prompt that runs now.
    public Optional<String> runningPrompt() {
        return engine.queue().running().map(PromptItem::id);
    }

    /// Ids of the prompts that wait, in the order in which they will run.
    public List<String> pendingPrompts() {
        return engine.queue().inExecutionOrder().stream().map(PromptItem::id).toList();
    }

    /// The open WebSockets.
    public int openSockets() {
        return engine.sockets().open().size();
    }

    /// From now on each execution stops where its first sampler or output node begins, after `executing`, and
    /// waits for [#release]; an interrupt still ends it.
    public void holdExecutions() {
        engine.pacing().shutGate();
    }

    /// Lets one held execution go on, now or when it comes to the gate.
    public void release() {
        engine.pacing().letOnePass();
    }

    /// Undoes [#holdExecutions].
    public void releaseAll() {
        engine.pacing().openGate();
    }

    /// Waits until a prompt runs, and stands at the gate if executions are held.
    ///
    /// @return its id
    /// @throws AssertionError when that does not happen in time
    public String awaitRunning(Duration atMost) throws InterruptedException {
        await(atMost, "no prompt came to run", () -> running().isPresent());
        return running().orElseGet(() -> runningPrompt().orElse(""));
    }

    private Optional<String> running() {
        return engine.pacing().gateIsShut() ? engine.pacing().promptAtGate() : runningPrompt();
    }

    /// Waits until so many executions have ended since the server was made.
    public void awaitExecutions(int count, Duration atMost) throws InterruptedException {
        await(atMost, "fewer than " + count + " executions ended", () -> journal.endedCount() >= count);
    }

    /// Waits until so many requests of [#requests(String, String)] have arrived.
    public void awaitRequests(int count, String method, String pathEnd, Duration atMost) throws InterruptedException {
        await(
                atMost,
                "fewer than " + count + " times " + method + " " + pathEnd,
                () -> requests(method, pathEnd).size() >= count);
    }

    /// Waits until exactly so many WebSockets are open.
    public void awaitSockets(int count, Duration atMost) throws InterruptedException {
        await(atMost, "not " + count + " sockets but " + openSockets() + " at first", () -> openSockets() == count);
    }

    /// Waits until nothing runs or waits.
    public void awaitIdle(Duration atMost) throws InterruptedException {
        await(atMost, "prompts are still there", () -> engine.queue().remaining() == 0 && journal.isQuiet());
    }

    private void await(Duration atMost, String otherwise, BooleanSupplier condition) throws InterruptedException {
        if (!changes.await(atMost, condition)) {
            throw new AssertionError(otherwise + " within " + atMost + "; running " + runningPrompt() + ", waiting "
                    + pendingPrompts() + ", ended " + journal.endedCount() + ", last requests "
                    + requests().reversed().stream().limit(5).toList());
        }
    }

    /// Dies and comes back at once, as a process that is killed: connections end, queue, history, caches and
    /// `temp/` are gone, prompt numbers start at 0. Uploads and outputs stay.
    public void restart() throws InterruptedException {
        crash();
        comeBack();
    }

    /// The first half of [#restart]: afterwards connections are refused.
    public void crash() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            http.refuse();
            worker.close();
            http.cutConnections();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } finally {
            lock.unlock();
        }
    }

    /// The second half of [#restart].
    public void comeBack() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            files.forgetTemporaryFiles();
            engine = newEngine();
            routes = new Routes(engine, prefix);
            worker = Worker.start(engine, settings.pictures == Pictures.PAINTED);
            http.accept();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } finally {
            lock.unlock();
        }
    }

    /// Ends all connections and threads; takes milliseconds, whatever clients do.
    @Override
    public void close() {
        lock.lock();
        try {
            http.close();
            worker.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            // A test that is being stopped: what is left are daemon threads.
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private Engine newEngine() {
        Release release = Release.of(settings.version);
        Models models = new Models(settings.models, settings.modelsDirectory);
        Map<String, NodeType> types = new LinkedHashMap<>();
        NodeCatalog.core(settings.version).types().forEach(type -> types.put(type.name(), type));
        settings.withoutClasses.forEach(types::remove);
        types.putAll(settings.types);
        Painter painter = new Painter(settings.pictures);
        return new Engine(
                release,
                new NodeClasses(types, settings.behaviours, models, files),
                models,
                files,
                new Pace(settings.stepTime, settings.executionTime, settings.previewMethod, painter),
                new Pacing(changes),
                faults,
                new Sockets(settings.reconnectBug),
                new OutputCache(settings.cache, new Freshness(files)),
                journal,
                changes,
                settings.maxHistory,
                settings.script,
                new Machine(settings.videoMemory, settings.pytorch));
    }

    /// Nothing runs or waits, unless the worker is dead.
    boolean isAtRest() {
        return journal.isQuiet() && (engine.queue().remaining() == 0 || !worker().isAlive());
    }

    private Worker worker() {
        lock.lock();
        try {
            return worker;
        } finally {
            lock.unlock();
        }
    }

    Changes changes() {
        return changes;
    }

    private final class Levers implements Faults.Levers {
        @Override
        public void refuseConnections(boolean on) {
            try {
                if (on) {
                    http.refuse();
                } else {
                    http.accept();
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            } catch (InterruptedException interrupted) {
                // The caller is being stopped; the switch may not have moved, which nobody will see any more.
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void cutSockets() {
            engine.sockets().open().forEach(WebSocket::cut);
        }

        @Override
        public void muteEvents(boolean on) {
            engine.events().mute(on);
        }

        @Override
        public void hangExecutions(boolean on) {
            engine.pacing().hang(on);
        }

        @Override
        public void interruptRunning() {
            engine.pacing().interruptPrompt();
        }
    }
}
