package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.workflows.NodeCatalog;
import dev.comfyrouter.workflows.Workflow;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One ComfyUI server (0.3.57 or newer): its HTTP routes and its event stream.
///
/// Every call blocks until the answer is there, best on a virtual thread; any number of threads may call at
/// once. An interrupted call gives up its exchange and throws `InterruptedException`; what it asked for may have
/// happened. A call that fails throws a [ComfyException], whose case says what the caller can do. No call is
/// repeated here, except a GET on a connection that the server had closed before.
///
/// ```java
/// try (ComfyClient comfy = ComfyClient.builder(URI.create("http://127.0.0.1:8188")).build();
///         Run run = comfy.run(workflow)) {
///     for (OutputFile file : run.await(Duration.ofMinutes(10)).outputs()) {
///         try (OutputStream out = Files.newOutputStream(Path.of(file.filename()))) {
///             comfy.view(file, out, 64 << 20);
///         }
///     }
/// }
/// ```
public final class ComfyClient implements AutoCloseable {
    private final BaseUrl base;
    private final HttpLink http;
    private final Uploads uploads;
    private final EventConnector events;

    ComfyClient(BaseUrl base, HttpLink http, EventConnector events) {
        this.base = base;
        this.http = http;
        this.uploads = new Uploads(base, http);
        this.events = events;
    }

    /// A client for the server at this URL: `http` or `https`, with an optional path in front of ComfyUI's own
    /// paths. User info (`http://name:password@host`) becomes an `Authorization: Basic` header and appears
    /// nowhere else.
    ///
    /// @throws IllegalArgumentException if the URL has another scheme, no host, a query or a fragment
    public static ComfyClientBuilder builder(URI baseUrl) {
        return new ComfyClientBuilder(BaseUrl.of(baseUrl));
    }

    /// Where the server is, without credentials.
    public URI baseUrl() {
        return base.uri();
    }

    /// Queues a graph.
    ///
    /// Open the event stream first: the first events can arrive before this returns.
    ///
    /// @return what was queued; look at [Submitted#nodeErrors], because ComfyUI queues a graph of which a part
    ///     is wrong
    /// @throws ComfyException.Rejected if the graph is wrong
    /// @throws ComfyException.MissingOnNode if all that is wrong is that this server lacks node classes or files
    /// @throws ComfyException if the call fails; if [ComfyException#outcomeUnknown], the prompt may be queued
    public Submitted submit(Submission submission) throws InterruptedException {
        Answer answer = http.tryPostJson("/prompt", PromptBody.of(submission));
        if (answer.status() == 400) {
            throw refusal(answer);
        }
        answer.requireOk(base);
        return PromptAnswers.submitted(answer.json(base), submission.promptId(), base);
    }

    private ComfyException refusal(Answer answer) {
        try {
            return PromptAnswers.refusal(Json.read(answer.body()), base).orElseGet(() -> answer.failure(base));
        } catch (IOException notJson) {
            return answer.failure(base);
        }
    }

    /// How many prompts run and wait, everybody's together: the cheapest question to a server.
    public int queueRemaining() throws InterruptedException {
        return remaining(http.get("/prompt"));
    }

    /// The same with a time-out of its own, for a health check.
    ///
    /// @param timeout for the answer's headers
    public int queueRemaining(Duration timeout) throws InterruptedException {
        return remaining(http.get("/prompt", timeout));
    }

    private int remaining(byte[] answer) {
        JsonNode remaining =
                Answer.json(base, "/prompt", answer).path("exec_info").path("queue_remaining");
        if (!remaining.isIntegralNumber()) {
            throw new ComfyException.Protocol(base + " is not ComfyUI: /prompt gave no queue_remaining", null);
        }
        return remaining.asInt();
    }

    /// What runs and what waits, everybody's.
    ///
    /// To learn what became of a prompt read this first and [#history(PromptId)] then: a prompt is in the
    /// history before it leaves the queue.
    public QueueSnapshot queue() throws InterruptedException {
        return decoded("/queue", QueueReader::read);
    }

    /// What became of a prompt. Empty if it waits, runs, was removed from the queue, or is unknown, which it is
    /// after a restart of the server. Directly after `execution_success` it is empty too; after `executing`
    /// without a node it is there.
    public Optional<HistoryEntry> history(PromptId promptId) throws InterruptedException {
        var entries = decoded("/history/" + BaseUrl.encode(promptId.value()), HistoryReader::read);
        return Optional.ofNullable(entries.get(promptId));
    }

    /// The newest entries, oldest first. Each carries its whole graph over the wire, so ask for few.
    ///
    /// @param maxItems at least 1
    public Map<PromptId, HistoryEntry> history(int maxItems) throws InterruptedException {
        if (maxItems < 1) {
            throw new IllegalArgumentException("maxItems must be at least 1, not " + maxItems);
        }
        return decoded("/history?max_items=" + maxItems, HistoryReader::read);
    }

    private <T> T decoded(String path, Decoding<T> decoding) throws InterruptedException {
        byte[] answer = http.get(path);
        try {
            return decoding.of(answer);
        } catch (IOException notJson) {
            throw new ComfyException.Protocol(
                    base + " is not ComfyUI: " + path + " gave something else" + Answer.head(answer), notJson);
        }
    }

    /// Cancels one prompt, whether it waits or runs, and never another one.
    ///
    /// ComfyUI 0.26 and newer do it in one step. Before, the prompt is taken out of the queue and then
    /// interrupted by its id; if it ends and the next one starts within that step inside the server, the
    /// interrupt is lost or, in ComfyUI's own race, hits the next one. A running prompt ends at its next step:
    /// ask [#queue] until it is gone.
    ///
    /// @throws ComfyException.Unsupported if the server would interrupt whatever runs
    public CancelResult cancel(PromptId promptId) throws InterruptedException {
        return new Cancellation(base, http, this).cancel(promptId);
    }

    /// Takes a waiting prompt out of the queue; nothing happens if it runs or is unknown. No event tells of it.
    public void deleteFromQueue(PromptId promptId) throws InterruptedException {
        var unused = http.postJson("/queue", Json.write(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("delete");
            json.writeString(promptId.value());
            json.writeEndArray();
            json.writeEndObject();
        }));
    }

    /// Interrupts a prompt if it is the one that runs; nothing happens otherwise. It ends at its next step.
    ///
    /// Servers before 0.3.57 ignore the id and interrupt whatever runs: call [SystemStats#requireSupported]
    /// before.
    public void interrupt(PromptId promptId) throws InterruptedException {
        var unused = http.postJson("/interrupt", Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("prompt_id", promptId.value());
            json.writeEndObject();
        }));
    }

    /// Frees memory, after the running prompt if there is one.
    ///
    /// @param unloadModels whether models leave the GPU
    /// @param freeMemory whether the results of nodes are forgotten too, so that the next run starts from nothing
    public void free(boolean unloadModels, boolean freeMemory) throws InterruptedException {
        var unused = http.postJson("/free", Json.write(json -> {
            json.writeStartObject();
            json.writeBooleanField("unload_models", unloadModels);
            json.writeBooleanField("free_memory", freeMemory);
            json.writeEndObject();
        }));
    }

    /// All node classes. Typically 2 to 20 MB; a server answers nothing else while it puts them together.
    public NodeCatalog objectInfo() throws InterruptedException {
        return decoded("/object_info", ComfyClient::catalog);
    }

    /// One node class; an empty catalog if the server does not have it.
    public NodeCatalog objectInfo(String nodeClass) throws InterruptedException {
        return decoded("/object_info/" + BaseUrl.encode(nodeClass), ComfyClient::catalog);
    }

    public SystemStats systemStats() throws InterruptedException {
        JsonNode answer = Answer.json(base, "/system_stats", http.get("/system_stats"));
        if (!answer.path("system").isObject()) {
            throw new ComfyException.Protocol(base + " is not ComfyUI: /system_stats describes no system", null);
        }
        return StatsReader.read(answer);
    }

    public Features features() throws InterruptedException {
        return EventDecoder.features(Answer.json(base, "/features", http.get("/features")));
    }

    /// The files of a models folder: paths below it, with the separators of the server's operating system.
    ///
    /// @param folder `checkpoints`, `loras`, `diffusion_models`, … (not the old names `unet` and `clip`)
    /// @throws ComfyException.NotFound if the server has no such folder
    public List<String> models(String folder) throws InterruptedException {
        String path = "/models/" + BaseUrl.encode(folder);
        return Json.texts(list(path));
    }

    /// The files of a models folder with their sizes, read from the disk each time.
    ///
    /// @throws ComfyException.NotFound if the server has no such folder
    public List<ModelFile> modelFiles(String folder) throws InterruptedException {
        var files = new ArrayList<ModelFile>();
        for (JsonNode file : list("/experiment/models/" + BaseUrl.encode(folder))) {
            files.add(new ModelFile(
                    Json.textOrEmpty(file, "name"), file.path("size").asLong()));
        }
        return files;
    }

    private JsonNode list(String path) throws InterruptedException {
        JsonNode list = Answer.json(base, path, http.get(path));
        if (!list.isArray()) {
            throw new ComfyException.Protocol(base + " is not ComfyUI: " + path + " gave no list", null);
        }
        return list;
    }

    /// Uploads a picture into the server's `input` folder, read from a stream once and closed.
    ///
    /// @param name the wished file name, without directories; use the answered one
    /// @param subfolder the directory below `input`, empty for none; it is made if need be
    /// @param overwrite whether a file of that name is replaced; otherwise another picture gets another name,
    ///     and the same picture keeps its own
    /// @throws IllegalArgumentException if the name has separators, quotes, control characters or two dots in a
    ///     row
    /// @throws ComfyException.TooLarge if the server takes no file as large (100 MB by default)
    public UploadedImage uploadImage(String name, InputStream image, String subfolder, boolean overwrite)
            throws InterruptedException {
        return uploads.image(Multipart.of(name, image, Uploads.fields(subfolder, overwrite)));
    }

    /// Uploads a picture from a file.
    ///
    /// @throws IOException if there is no such file
    /// @see #uploadImage(String, InputStream, String, boolean)
    public UploadedImage uploadImage(String name, Path image, String subfolder, boolean overwrite)
            throws IOException, InterruptedException {
        return uploads.image(Multipart.of(name, image, Uploads.fields(subfolder, overwrite)));
    }

    /// Uploads a picture whose alpha becomes the alpha of `original`; the result is a new picture of that name.
    ///
    /// ComfyUI answers as if all were well although the original does not exist, and then writes nothing; a mask
    /// of another size gives a [ComfyException.ServerError].
    ///
    /// @param original a picture that lies on the server
    public UploadedImage uploadMask(
            String name, InputStream mask, OutputFile original, String subfolder, boolean overwrite)
            throws InterruptedException {
        return uploads.mask(Multipart.of(name, mask, Uploads.maskFields(original, subfolder, overwrite)));
    }

    /// Copies a file from the server and gives its length in bytes.
    ///
    /// @param maxBytes the longest file that is taken; nothing beyond is written
    /// @throws IOException if `out` fails; it is not closed here
    /// @throws ComfyException.NotFound if the server does not have the file
    /// @throws ComfyException.TooLarge if the file is longer than `maxBytes`
    /// @throws ComfyException.Unreachable if the connection breaks off or no byte comes for the stall time-out;
    ///     `out` then has a part of the file
    public long view(OutputFile file, OutputStream out, long maxBytes) throws IOException, InterruptedException {
        return Download.of(base, http, file).to(out, maxBytes);
    }

    /// Opens the event stream of a client id.
    ///
    /// Take a new client id for every connection: ComfyUI knows one connection per id, and when a lost
    /// connection is finally noticed there, the newer one of the same id goes deaf.
    ///
    /// @throws ComfyException.Unreachable if no connection comes about
    /// @throws ComfyException.Denied if the credentials are refused
    public EventStream events(String clientId) throws InterruptedException {
        // Tyrus never frees the connection to a server that takes it and then says nothing; this finds that out before.
        var unused = queueRemaining(events.handshakeTimeout());
        return events.open(clientId);
    }

    /// Runs a graph and follows it to its end, with an event stream of its own.
    public Run run(Workflow workflow) throws InterruptedException {
        return Run.start(this, workflow, Run.Pace.USUAL);
    }

    /// Gives up what is going on and closes all connections but those of event streams, which belong to their
    /// readers.
    @Override
    public void close() {
        http.close();
        events.close();
    }

    private static NodeCatalog catalog(byte[] answer) throws IOException {
        return NodeCatalog.parse(new ByteArrayInputStream(answer));
    }

    private interface Decoding<T> {
        T of(byte[] answer) throws IOException;
    }
}
