package dev.comfyrouter.server.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.SimulatedNodes;
import dev.comfyrouter.server.schedule.SimulatedHttp.Answer;
import dev.comfyrouter.server.schedule.SimulatedPrompt.Fate;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A ComfyUI server in simulated time: a queue, a worker, a history, an event stream, and everything that goes wrong.
final class SimulatedServer implements SimulatedHttp.Server {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    final URI url;
    private final boolean old;
    private final SimulatedTime time;
    private final Random random;
    private final Promises promises;
    private final ArrayDeque<SimulatedPrompt> pending = new ArrayDeque<>();
    private final Map<String, String> history = new LinkedHashMap<>();
    private final Map<String, SimulatedPrompt> known = new LinkedHashMap<>();
    private @Nullable SimulatedPrompt running;
    private @Nullable Node node;
    private boolean streaming;
    private String clientId = "";

    /// How often a request goes wrong, from 0 to 1.
    double faults;

    boolean up = true;
    /// Down without a refusal: connections just take for ever.
    boolean silent;
    /// The event stream is open and says nothing.
    boolean deaf;
    /// Everything fails at once.
    boolean blackHole;

    /// @param old whether it is older than 0.26 and has no way to cancel in one step
    SimulatedServer(URI url, boolean old, SimulatedTime time, Random random, Promises promises) {
        this.url = url;
        this.old = old;
        this.time = time;
        this.random = random;
        this.promises = promises;
    }

    @Override
    public Answer answer(String method, URI asked, byte[] body, Duration timeout)
            throws IOException, InterruptedException {
        time.pause(latency());
        boolean submits = method.equals("POST") && asked.getPath().equals("/prompt");
        SimulatedFault fault = SimulatedFault.draw(random, faults, submits);
        if (submits && (!up || fault != SimulatedFault.NONE)) {
            promises.troubled(index(body));
        }
        if (asked.getPath().equals("/view") && (!up || fault != SimulatedFault.NONE)) {
            known.values().forEach(prompt -> prompt.troubled |= asked.getQuery().contains(prompt.id.value()));
        }
        if (!up) {
            if (silent) {
                time.pause(CONNECT_TIMEOUT);
                throw new HttpConnectTimeoutException("no answer");
            }
            throw new ConnectException("refused");
        }
        switch (fault) {
            case RESET_BEFORE -> throw new IOException("reset");
            case ERROR_BEFORE -> {
                return new Answer(500, "broken");
            }
            case HANG_BEFORE -> {
                time.pause(timeout);
                throw new HttpTimeoutException("no answer");
            }
            case LATE -> {
                time.after(Duration.ofMillis(500 + random.nextInt(9000)), () -> {
                    if (up) {
                        var unused = submit(body, true);
                    }
                });
                throw new IOException("reset");
            }
            case NONE, RESET_AFTER, HANG_AFTER, ERROR_AFTER -> {}
        }
        Answer answer = submits ? submit(body, false) : route(method, asked, body);
        time.pause(latency());
        return switch (fault) {
            case RESET_AFTER -> throw new IOException("reset");
            case ERROR_AFTER -> new Answer(500, "broken");
            case HANG_AFTER -> {
                time.pause(timeout);
                throw new HttpTimeoutException("no answer");
            }
            case NONE, RESET_BEFORE, HANG_BEFORE, ERROR_BEFORE, LATE -> answer;
        };
    }

    private Duration latency() {
        return Duration.ofNanos(500_000L + random.nextInt(20_000_000));
    }

    private Answer route(String method, URI asked, byte[] body) throws IOException {
        String path = asked.getPath();
        if (method.equals("POST")) {
            if (path.startsWith("/api/jobs/")) {
                return old
                        ? new Answer(404, "404: Not Found")
                        : SimulatedAnswers.ok(
                                "{\"cancelled\":" + cancel(path.replaceAll("/api/jobs/(.*)/cancel", "$1"), true) + "}");
            }
            JsonNode order = body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
            switch (path) {
                case "/queue" -> {
                    for (JsonNode id : order.path("delete")) {
                        boolean unused = cancel(id.asText(), false);
                    }
                }
                case "/interrupt" -> interrupt(order.path("prompt_id").asText());
                default -> {} // /free
            }
            return SimulatedAnswers.ok("");
        }
        if (path.startsWith("/history/")) {
            String entry = history.get(path.substring("/history/".length()));
            return entry == null ? SimulatedAnswers.ok("{}") : new Answer(200, entry);
        }
        return switch (path) {
            case "/prompt" -> SimulatedAnswers.ok("{\"exec_info\":{\"queue_remaining\":" + size() + "}}");
            case "/queue" -> new Answer(200, SimulatedAnswers.queue(Optional.ofNullable(running), pending));
            case "/system_stats" -> SimulatedAnswers.ok(SimulatedAnswers.stats(old ? "0.3.64" : "0.33.0"));
            case "/object_info", "/object_info/CheckpointLoaderSimple" -> new Answer(200, SimulatedAnswers.CATALOG);
            case "/view" -> new Answer(200, asked.getQuery().replaceAll(".*filename=([^&]*).*", "$1"));
            default -> SimulatedAnswers.ok("{}");
        };
    }

    /// @param late whether the caller may have stopped looking for it
    private Answer submit(byte[] body, boolean late) {
        try {
            JsonNode order = JSON.readTree(body);
            var id = PromptId.of(order.path("prompt_id").asText());
            String prefix = order.at("/prompt/3/inputs/filename_prefix").asText();
            promises.prefix(prefix, id);
            var prompt = new SimulatedPrompt(
                    id, order.path("client_id").asText(), Promises.index(prefix), runTime(), fate());
            prompt.late = late;
            prompt.troubled = late || prompt.fate != Fate.SUCCESS;
            if (!late && random.nextDouble() < faults / 20) {
                promises.troubled(prompt.task);
                return new Answer(
                        400,
                        ("{\"error\":{\"type\":\"prompt_outputs_failed_validation\",\"message\":"
                                + "\"Prompt outputs failed validation\",\"details\":\"\",\"extra_info\":{}},\"node_errors\":{}}"));
            }
            promises.submitted(
                    this,
                    prompt,
                    Stream.concat(Stream.ofNullable(running), pending.stream())
                            .filter(other -> !other.foreign())
                            .toList());
            known.put(id.value(), prompt);
            pending.add(prompt);
            startNext();
            return SimulatedAnswers.ok("{\"prompt_id\":\"" + id + "\",\"number\":1,\"node_errors\":{}}");
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static int index(byte[] body) {
        try {
            return Promises.index(
                    JSON.readTree(body).at("/prompt/3/inputs/filename_prefix").asText());
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private Duration runTime() {
        if (blackHole) {
            return Duration.ofMillis(10);
        }
        return Duration.ofMillis(200 + random.nextInt(random.nextInt(10) == 0 ? 40_000 : 4000));
    }

    private Fate fate() {
        if (blackHole) {
            return Fate.ERROR;
        }
        double dice = random.nextDouble() * 4;
        return dice >= faults
                ? Fate.SUCCESS
                : dice < faults / 10 ? Fate.HANG : dice < faults / 2 ? Fate.OUT_OF_MEMORY : Fate.ERROR;
    }

    private void startNext() {
        if (running != null || pending.isEmpty()) {
            return;
        }
        SimulatedPrompt prompt = pending.remove();
        running = prompt;
        prompt.started = true;
        promises.started(this, prompt);
        tell(prompt, new ComfyEvent.ExecutionStart(prompt.id, Optional.empty()));
        tell(prompt, executing(prompt, Optional.of("1")));
        if (prompt.fate != Fate.HANG) {
            time.after(prompt.runs.dividedBy(2), () -> {
                if (running == prompt) {
                    tell(prompt, executing(prompt, Optional.of("2")));
                }
            });
            time.after(prompt.runs, () -> {
                if (running == prompt) {
                    end(prompt, prompt.fate == Fate.SUCCESS ? "success" : "error");
                }
            });
        }
    }

    private void end(SimulatedPrompt prompt, String how) {
        if (how.equals("success")) {
            tell(prompt, new ComfyEvent.Succeeded(prompt.id, Optional.empty()));
        }
        history.put(prompt.id.value(), SimulatedAnswers.entry(prompt, how));
        if (history.size() > 300) {
            history.remove(history.keySet().iterator().next());
        }
        running = null;
        tell(prompt, executing(prompt, Optional.empty()));
        startNext();
    }

    private static ComfyEvent executing(SimulatedPrompt prompt, Optional<String> graphNode) {
        return new ComfyEvent.Executing(Optional.of(prompt.id), graphNode, graphNode);
    }

    private void tell(SimulatedPrompt prompt, ComfyEvent event) {
        Node listener = node;
        if (streaming && !deaf && listener != null && prompt.clientId.equals(clientId)) {
            time.after(latency(), () -> {
                if (streaming && listener == node) {
                    SimulatedNodes.deliver(listener, event);
                }
            });
        }
    }

    private boolean cancel(String id, boolean alsoRunning) {
        SimulatedPrompt prompt = known.get(id);
        if (prompt == null || !(pending.contains(prompt) || running == prompt)) {
            return false;
        }
        promises.cancelled(this, prompt);
        if (!pending.remove(prompt) && alsoRunning) {
            stop(prompt);
        }
        return true;
    }

    private void interrupt(String id) {
        if (id.isEmpty()) {
            promises.broken("a global interrupt was sent to " + url);
        }
        SimulatedPrompt prompt = running;
        if (prompt != null && prompt.id.value().equals(id)) {
            promises.cancelled(this, prompt);
            stop(prompt);
        }
    }

    /// The running prompt ends at its next step.
    private void stop(SimulatedPrompt prompt) {
        time.after(Duration.ofMillis(random.nextInt(1500)), () -> {
            if (running == prompt) {
                end(prompt, "interrupted");
            }
        });
    }

    /// A prompt of somebody else.
    void foreignPrompt() {
        if (up) {
            pending.add(new SimulatedPrompt(PromptId.random(), "somebody", -1, runTime(), Fate.SUCCESS));
            startNext();
        }
    }

    /// Somebody presses "stop" on this server's own page.
    void foreignInterrupt() {
        SimulatedPrompt prompt = running;
        if (prompt != null) {
            prompt.troubled = true;
            stop(prompt);
        }
    }

    /// Is away for a while: cut off while it works on, or, when it forgets everything, started anew.
    void down(Duration length, boolean forgets, boolean silently) {
        if (!up) {
            return;
        }
        up = false;
        silent = silently;
        known.values().forEach(prompt -> prompt.troubled = true);
        cut(length);
        if (forgets) {
            pending.clear();
            history.clear();
            running = null;
        }
        time.after(length, () -> {
            up = true;
            silent = false;
        });
    }

    /// The operator takes it away: what runs is given up, and what lingers is forgotten.
    void excuse() {
        known.values().forEach(prompt -> {
            prompt.troubled = true;
            prompt.late = true;
        });
    }

    /// The event stream is lost and comes again.
    void cut(Duration length) {
        Node listener = node;
        if (streaming && listener != null) {
            streaming = false;
            SimulatedNodes.stream(listener, false);
            reconnect(listener, length);
        }
    }

    /// A router begins to use this server.
    void connect(Node by) {
        node = by;
        streaming = false;
        reconnect(by, Duration.ofMillis(random.nextInt(3000)));
    }

    private void reconnect(Node by, Duration delay) {
        time.after(delay, () -> {
            if (node != by || streaming) {
                return;
            }
            if (!up) {
                reconnect(by, Duration.ofSeconds(2));
                return;
            }
            streaming = true;
            clientId = by.session().clientId();
            SimulatedNodes.stream(by, true);
        });
    }

    /// Everything works again.
    void heal() {
        faults = 0;
        deaf = false;
        blackHole = false;
    }

    /// What it still has of ours.
    List<SimulatedPrompt> ours() {
        List<SimulatedPrompt> ours = new ArrayList<>(pending);
        if (running != null) {
            ours.add(running);
        }
        ours.removeIf(SimulatedPrompt::foreign);
        return ours;
    }

    private int size() {
        return pending.size() + (running == null ? 0 : 1);
    }
}
