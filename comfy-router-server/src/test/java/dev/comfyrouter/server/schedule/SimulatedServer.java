package dev.comfyrouter.server.schedule;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.schedule.SimulatedHttp.Answer;
import dev.comfyrouter.server.schedule.SimulatedPrompt.Fate;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A ComfyUI server in simulated time, as it answers over HTTP, and everything that goes wrong with it.
final class SimulatedServer implements SimulatedHttp.Server {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    final URI url;
    private final boolean old;
    private final SimulatedTime time;
    private final Random random;
    private final Promises promises;
    private final SimulatedStream stream;
    private final SimulatedQueue queue;
    private final SimulatedSight sight = new SimulatedSight();

    /// How often a request goes wrong, from 0 to 1.
    double faults;

    boolean up = true;
    /// Down without a refusal: connections just take for ever.
    boolean silent;
    /// Everything fails at once.
    boolean blackHole;
    /// The operator has taken it away: what comes to it nevertheless was on its way already.
    private boolean takenAway;

    /// @param old whether it is older than 0.26 and has no way to cancel in one step
    SimulatedServer(URI url, boolean old, SimulatedTime time, Random random, Promises promises) {
        this.url = url;
        this.old = old;
        this.time = time;
        this.random = random;
        this.promises = promises;
        this.stream = new SimulatedStream(time, random, () -> up);
        this.queue = new SimulatedQueue(url, time, random, promises, stream);
    }

    SimulatedStream stream() {
        return stream;
    }

    SimulatedQueue queue() {
        return queue;
    }

    @Override
    public Answer answer(String method, URI asked, byte[] body, Duration timeout)
            throws IOException, InterruptedException {
        time.pause(latency());
        boolean submits = method.equals("POST") && asked.getPath().equals("/prompt");
        SimulatedFault fault = SimulatedFault.draw(random, faults, submits);
        int task = submits ? SimulatedAnswers.task(body) : asking();
        note(task, method, asked, fault);
        if (submits && (!up || fault != SimulatedFault.NONE)) {
            promises.troubled(task);
        }
        if (!submits && task >= 0 && (!up || fault != SimulatedFault.NONE || method.equals("POST"))) {
            queue.of(task).forEach(prompt -> prompt.cancelAsked = true);
        }
        boolean collects = asked.getPath().equals("/view");
        if (up ? fault == SimulatedFault.BREAKS || (collects && fault != SimulatedFault.NONE) : collects) {
            queue.of(task).forEach(prompt -> prompt.troubled = true);
        }
        if (up && fault == SimulatedFault.BREAKS) {
            promises.letsGo(task);
        }
        boolean right = false;
        try {
            Answer answer = faulty(method, asked, body, timeout, up ? fault : null);
            right = answer.status() == 200;
            return answer;
        } finally {
            look(task, asked, right);
        }
    }

    /// @param fault what goes wrong; null while the server is down
    private Answer faulty(String method, URI asked, byte[] body, Duration timeout, @Nullable SimulatedFault fault)
            throws IOException, InterruptedException {
        if (fault == null) {
            if (silent) {
                time.pause(CONNECT_TIMEOUT);
                throw new HttpConnectTimeoutException("no answer");
            }
            throw new ConnectException("refused");
        }
        boolean submits = method.equals("POST") && asked.getPath().equals("/prompt");
        switch (fault) {
            case RESET_BEFORE -> throw new IOException("reset");
            case BREAKS -> throw new IllegalStateException("nobody thought of this");
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
            case NONE, RESET_BEFORE, HANG_BEFORE, ERROR_BEFORE, LATE, BREAKS -> answer;
        };
    }

    /// Whose runner asks; -1 when it is the watch of the node.
    private int asking() {
        String name = Thread.currentThread().getName();
        return name.startsWith("task-") ? promises.index(Long.parseLong(name.substring("task-".length()))) : -1;
    }

    /// A runner that does not see its prompt for long may give it up.
    private void look(int task, URI asked, boolean answered) {
        boolean history = asked.getPath().startsWith("/history/");
        if (task >= 0 && !answered && asked.getPath().equals("/prompt")) {
            sight.misses(task);
        }
        if (task < 0 || !(history || asked.getPath().equals("/queue"))) {
            return;
        }
        if (answered && (history || queue.ours().stream().anyMatch(prompt -> prompt.task == task))) {
            sight.sees(task);
        } else if (!answered && sight.failsToSee(task, time.instant())) {
            queue.of(task).forEach(prompt -> prompt.troubled = true);
        }
    }

    /// Notes what is asked of one prompt or by a task's own runner.
    private void note(int asking, String method, URI asked, SimulatedFault fault) {
        String path = asked.getPath();
        SimulatedPrompt named =
                queue.find(path.replaceFirst("^/(?:api/jobs|history)/", "").replaceFirst("/cancel$", ""));
        int task = asking < 0 && named != null ? named.task : asking;
        if (task >= 0) {
            String who = Thread.currentThread().getName();
            promises.note(task, "%s: %s %s%s: %s", who, method, url.resolve(path), up ? "" : ", down", fault);
        }
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
                        : SimulatedAnswers.ok("{\"cancelled\":"
                                + queue.cancel(path.replaceAll("/api/jobs/(.*)/cancel", "$1"), true) + "}");
            }
            JsonNode order = body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
            switch (path) {
                case "/queue" -> {
                    for (JsonNode id : order.path("delete")) {
                        boolean unused = queue.cancel(id.asText(), false);
                    }
                }
                case "/interrupt" -> queue.interrupt(order.path("prompt_id").asText());
                default -> {} // /free
            }
            return SimulatedAnswers.ok("");
        }
        if (path.startsWith("/history/")) {
            String entry = queue.history(path.substring("/history/".length()));
            return entry == null ? SimulatedAnswers.ok("{}") : new Answer(200, entry);
        }
        return switch (path) {
            case "/prompt" -> SimulatedAnswers.ok("{\"exec_info\":{\"queue_remaining\":" + queue.size() + "}}");
            case "/queue" -> new Answer(200, queue.json());
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
                    id,
                    order.path("client_id").asText(),
                    Promises.index(prefix),
                    blackHole ? Duration.ofMillis(10) : queue.runTime(),
                    blackHole ? Fate.ERROR : Fate.draw(random, faults));
            prompt.late = late;
            prompt.troubled = late || takenAway || prompt.fate != Fate.SUCCESS;
            if (!late && random.nextDouble() < faults / 20) {
                promises.troubled(prompt.task);
                return new Answer(400, SimulatedAnswers.REFUSED);
            }
            prompt.late |= takenAway;
            queue.add(prompt);
            return SimulatedAnswers.ok("{\"prompt_id\":\"" + id + "\",\"number\":1,\"node_errors\":{}}");
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// A prompt of somebody else.
    void foreignPrompt() {
        if (up) {
            queue.addForeign();
        }
    }

    /// Is away for a while: cut off while it works on, or, when it forgets everything, started anew.
    void down(Duration length, boolean forgets, boolean silently) {
        if (!up) {
            return;
        }
        up = false;
        silent = silently;
        queue.everSeen().forEach(prompt -> prompt.troubled = true);
        stream.cut(length);
        if (forgets) {
            queue.forget();
        }
        time.after(length, () -> {
            up = true;
            silent = false;
        });
    }

    /// The operator takes it away: what runs is given up, and what lingers is forgotten.
    void takeAway() {
        takenAway = true;
        queue.everSeen().forEach(prompt -> {
            prompt.troubled = true;
            prompt.late = true;
        });
    }

    /// The operator adds it again.
    void bringBack() {
        takenAway = false;
    }

    /// A router begins to use this server.
    void connect(Node by) {
        sight.beginAnew();
        stream.connect(by);
    }

    /// Everything works again.
    void heal() {
        faults = 0;
        stream.deaf = false;
        blackHole = false;
    }
}
