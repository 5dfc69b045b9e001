package dev.comfyrouter.server.http;

import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/// The output files of tasks, with their types, entity tags and ranges.
final class FileService implements HttpService {
    private static final int CHUNK = 128 * 1024;
    private static final Header RANGES = HeaderValues.createCached(HeaderNames.ACCEPT_RANGES, "bytes");
    private static final HeaderName DISPOSITION = HeaderNames.create("Content-Disposition");
    private static final Header CACHE =
            HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "private, max-age=86400, immutable");

    /// Whatever a result contains, opened in a browser it may do nothing.
    private static final Header SANDBOX =
            HeaderValues.createCached("Content-Security-Policy", "default-src 'none'; sandbox");

    /// What a browser shows without running anything; all else is only saved.
    private static final Set<String> SHOWN = Set.of(
            "image/png",
            "image/jpeg",
            "image/webp",
            "image/gif",
            "image/avif",
            "video/mp4",
            "video/webm",
            "video/quicktime",
            "audio/mpeg",
            "audio/mp4",
            "audio/flac",
            "audio/wav",
            "audio/ogg",
            "text/plain; charset=utf-8");

    private final TaskStore store;
    private final Tasks tasks;
    private final ResultStore results;
    private final Thumbnails thumbnails;
    private final Answers answers;

    FileService(TaskStore store, Tasks tasks, ResultStore results, Thumbnails thumbnails, Answers answers) {
        this.store = store;
        this.tasks = tasks;
        this.results = results;
        this.thumbnails = thumbnails;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/workflow/{id}/files/{n}", this::file)
                .head("/workflow/{id}/files/{n}", this::file)
                .get("/workflow/{id}/files/{n}/thumbnail", this::thumbnail);
    }

    private void file(ServerRequest request, ServerResponse response) throws InterruptedException, IOException {
        Task task = tasks.named(request);
        ResultFile file = named(task, request);
        String tag = "\"" + file.sha256() + "\"";
        response.header(HeaderValues.create(HeaderNames.ETAG, tag))
                .header(CACHE)
                .header(RANGES)
                .header(SANDBOX)
                .header(Answers.NO_SNIFF);
        if (matches(request.headers().first(HeaderNames.IF_NONE_MATCH), tag)) {
            response.status(Status.NOT_MODIFIED_304).send();
            return;
        }
        try (FileChannel channel = FileChannel.open(results.path(task.number(), file), StandardOpenOption.READ)) {
            response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, file.contentType()))
                    .header(HeaderValues.create(DISPOSITION, disposition(file)));
            send(request, response, channel, range(request, file.bytes(), tag), file.bytes());
        } catch (NoSuchFileException deleted) {
            throw Refusal.gone("This file was deleted.");
        }
    }

    private void thumbnail(ServerRequest request, ServerResponse response) throws InterruptedException, IOException {
        Task task = tasks.named(request);
        ResultFile file = named(task, request);
        if (!file.image()) {
            throw Refusal.unknown("This file is no picture.");
        }
        Optional<Path> small = thumbnails.of(results.path(task.number(), file));
        if (small.isEmpty()) {
            // The page scales it itself.
            response.status(Status.FOUND_302)
                    .header(HeaderValues.create(
                            HeaderNames.LOCATION, "/workflow/" + task.id() + "/files/" + file.index()))
                    .send();
            return;
        }
        String tag = "\"" + file.sha256() + "-thumbnail\"";
        response.header(HeaderValues.create(HeaderNames.ETAG, tag))
                .header(CACHE)
                .header(SANDBOX);
        if (matches(request.headers().first(HeaderNames.IF_NONE_MATCH), tag)) {
            response.status(Status.NOT_MODIFIED_304).send();
            return;
        }
        answers.send(
                response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "image/jpeg")),
                Files.readAllBytes(small.get()));
    }

    private ResultFile named(Task task, ServerRequest request) throws InterruptedException {
        String n = request.path().pathParameters().get("n");
        return store.results(task.number()).stream()
                .filter(file -> Integer.toString(file.index()).equals(n))
                .findFirst()
                .orElseThrow(() -> Refusal.unknown("This task has no such file."));
    }

    private void send(
            ServerRequest request, ServerResponse response, FileChannel channel, Optional<ByteRange> range, long size)
            throws IOException {
        if (range.filter(part -> part.length() == 0).isPresent() && size > 0) {
            throw Refusal.of(Problem.of(
                            Status.REQUESTED_RANGE_NOT_SATISFIABLE_416,
                            "The range is outside of the file",
                            "The file has " + size + " bytes."))
                    .with(HeaderValues.create(HeaderNames.CONTENT_RANGE, "bytes */" + size));
        }
        ByteRange part = range.orElse(new ByteRange(0, size));
        if (range.isPresent()) {
            response.status(Status.PARTIAL_CONTENT_206)
                    .header(HeaderValues.create(
                            HeaderNames.CONTENT_RANGE,
                            "bytes " + part.from() + "-" + (part.from() + part.length() - 1) + "/" + size));
        }
        response.header(HeaderValues.create(HeaderNames.CONTENT_LENGTH, part.length()));
        if (request.prologue().method().text().equals("HEAD")) {
            response.send();
            return;
        }
        copy(channel, part, response);
    }

    private void copy(FileChannel channel, ByteRange part, ServerResponse response) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(CHUNK, Math.max(1, part.length())));
        try (var guard = answers.watch();
                OutputStream out = response.outputStream()) {
            long position = part.from();
            long left = part.length();
            while (left > 0) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), left));
                int count = channel.read(buffer, position);
                if (count < 0) {
                    throw new CloseConnectionException("the file is shorter than its row says");
                }
                out.write(buffer.array(), 0, count);
                position += count;
                left -= count;
                guard.progress();
            }
        } catch (UncheckedIOException gone) {
            throw new CloseConnectionException("the reader has gone", gone);
        }
    }

    private static Optional<ByteRange> range(ServerRequest request, long size, String tag) {
        Optional<String> condition = request.headers().first(HeaderNames.IF_RANGE);
        if (condition.isPresent() && !condition.get().equals(tag)) {
            return Optional.empty();
        }
        return request.headers().first(HeaderNames.RANGE).flatMap(header -> ByteRange.parse(header, size));
    }

    static boolean matches(Optional<String> header, String tag) {
        return header.filter(tags -> tags.strip().equals("*") || tags.contains(tag))
                .isPresent();
    }

    private static String disposition(ResultFile file) {
        String how = SHOWN.contains(file.contentType()) ? "inline" : "attachment";
        String plain = file.name().replaceAll("[^A-Za-z0-9._ -]", "_");
        var exact = new StringBuilder();
        for (byte each : file.name().getBytes(StandardCharsets.UTF_8)) {
            boolean safe = (each >= '0' && each <= '9')
                    || (each >= 'A' && each <= 'Z')
                    || (each >= 'a' && each <= 'z')
                    || each == '.'
                    || each == '_'
                    || each == '-';
            exact.append(safe ? Character.toString(each) : "%%%02X".formatted(each & 0xff));
        }
        return how + "; filename=\"" + plain + "\"; filename*=UTF-8''" + exact;
    }
}
