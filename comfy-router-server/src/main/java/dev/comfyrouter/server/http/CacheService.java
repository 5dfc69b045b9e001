package dev.comfyrouter.server.http;

import dev.comfyrouter.cache.CacheStats;
import dev.comfyrouter.cache.CacheUnusable;
import dev.comfyrouter.cache.CachedFile;
import dev.comfyrouter.cache.Download;
import dev.comfyrouter.cache.DownloadException;
import dev.comfyrouter.cache.DownloadRequest;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.cache.FileKind;
import dev.comfyrouter.cache.LinkException;
import dev.comfyrouter.cache.Removal;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// The cache of downloaded files: what is in it, what is on its way, and what an operator may do with both.
final class CacheService implements HttpService {
    private final FileCache cache;
    private final CacheViews views;
    private final Path models;
    private final Duration timeout;
    private final InstantSource clock;
    private final Activity activity;
    private final Bodies bodies;
    private final Answers answers;

    /// @param models the directory below which models are linked
    /// @param timeout how long a prefetch may take
    CacheService(
            FileCache cache,
            CacheViews views,
            Path models,
            Duration timeout,
            InstantSource clock,
            Activity activity,
            Bodies bodies,
            Answers answers) {
        this.cache = cache;
        this.views = views;
        this.models = models;
        this.timeout = timeout;
        this.clock = clock;
        this.activity = activity;
        this.bodies = bodies;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/cache", this::list)
                .post("/cache/prefetch", this::prefetch)
                .delete("/cache/{file}", this::delete)
                .post("/cache/{file}/pin", this::pin)
                .post("/cache/{file}/unpin", this::unpin)
                .post("/cache/downloads/{id}/cancel", this::cancel)
                .post("/cache/downloads/{id}/retry", this::retry);
    }

    /// @param bytes what files, parts of broken downloads and files on their way out occupy
    /// @param reserved what is kept free for running downloads
    /// @param free what the disk below can still take
    /// @param files in the order in which they would go
    record View(
            long bytes,
            long reserved,
            long limit,
            OptionalLong free,
            List<CacheViews.FolderView> folders,
            List<CacheViews.FileView> files,
            List<CacheViews.DownloadView> downloads,
            Optional<String> problem) {}

    private void list(ServerRequest request, ServerResponse response) {
        CacheStats stats = cache.stats();
        List<CacheViews.FileView> files = cache.list().stream().map(views::file).toList();
        answers.largeJson(
                request,
                response,
                new View(
                        stats.bytes() + stats.partialBytes(),
                        stats.reservedBytes(),
                        stats.maxBytes(),
                        cache.diskBytes(),
                        CacheViews.folders(files),
                        files,
                        cache.downloads().stream().map(views::download).toList(),
                        cache.problem()));
    }

    private void prefetch(ServerRequest request, ServerResponse response) {
        PrefetchRequest wish = PrefetchRequest.read(bodies.object(request));
        Path directory = directory(wish.folder().folder());
        DownloadRequest.Builder file = DownloadRequest.builder(wish.url(), FileKind.MODEL)
                .directory(directory)
                .deadline(clock.instant().plus(timeout));
        wish.name().ifPresent(file::name);
        wish.sha256().ifPresent(file::sha256);
        try {
            if (!cache.tryPrefetch(file.build())) {
                throw full();
            }
        } catch (DownloadException.Forbidden forbidden) {
            throw Refusal.wrong("/url", String.valueOf(forbidden.getMessage()));
        } catch (LinkException outside) {
            throw Refusal.wrong("/folder", String.valueOf(outside.getMessage()));
        }
        String host = String.valueOf(wish.url().getHost());
        String path = String.valueOf(wish.url().getPath());
        String name = wish.name().orElse(path.substring(path.lastIndexOf('/') + 1));
        activity.act(
                request,
                "router",
                host,
                "Asked for " + (name.isEmpty() ? "a file" : name) + " from " + host + " for "
                        + wish.folder().folder());
        response.status(Status.ACCEPTED_202).send();
    }

    private Path directory(String folder) {
        try {
            return Files.createDirectories(models.resolve(folder));
        } catch (IOException failed) {
            throw failure("The models folder cannot be made", failed.toString());
        }
    }

    private void delete(ServerRequest request, ServerResponse response) {
        CachedFile file = named(request);
        switch (removal(file)) {
            case Removal.Removed removed -> {
                act(request, file, "Deleted");
                response.status(Status.NO_CONTENT_204).send();
            }
            case Removal.Leased(int leases) ->
                throw Refusal.conflict(
                        "The file is in use",
                        leases == 1
                                ? "A task uses " + file.name() + ". It can be deleted when that has ended."
                                : leases + " tasks use " + file.name() + ". It can be deleted when they have ended.");
            case Removal.Pinned pinned ->
                throw Refusal.conflict("The file is pinned", file.name() + " is pinned. Unpin it first.");
            case Removal.Unknown unknown -> throw unknownFile();
        }
    }

    private Removal removal(CachedFile file) {
        try {
            return cache.remove(file.sha256());
        } catch (CacheUnusable failed) {
            throw failure("The file cannot be deleted", String.valueOf(failed.getMessage()));
        }
    }

    private void pin(ServerRequest request, ServerResponse response) throws InterruptedException {
        CachedFile file = named(request);
        changed(cache.pin(file.sha256()), request, response, "Pinned");
    }

    private void unpin(ServerRequest request, ServerResponse response) throws InterruptedException {
        CachedFile file = named(request);
        changed(cache.unpin(file.sha256()), request, response, "Unpinned");
    }

    private void changed(boolean done, ServerRequest request, ServerResponse response, String deed) {
        if (!done) {
            throw unknownFile();
        }
        CachedFile file = named(request);
        act(request, file, deed);
        answers.json(response, views.file(file));
    }

    private void cancel(ServerRequest request, ServerResponse response) {
        Download download = namedDownload(request);
        if (cache.cancel(download.id())) {
            activity.act(request, "router", download.name(), "Cancelled the download of " + download.name());
        } else if (!cache.dismiss(download.id())) {
            throw Refusal.conflict("The download has ended", download.name() + " is in the cache already.");
        }
        response.status(Status.NO_CONTENT_204).send();
    }

    private void retry(ServerRequest request, ServerResponse response) {
        Download download = namedDownload(request);
        if (download.failure().isEmpty()) {
            throw Refusal.conflict(
                    "The download has not failed",
                    download.name() + (download.running() ? " is being fetched now." : " is in the cache already."));
        }
        if (!cache.retry(download.id())) {
            throw full();
        }
        activity.act(request, "router", download.name(), "Started the download of " + download.name() + " again");
        response.status(Status.ACCEPTED_202).send();
    }

    private void act(ServerRequest request, CachedFile file, String deed) {
        activity.act(request, "file:" + file.sha256(), file.name(), deed + " " + file.name());
    }

    private CachedFile named(ServerRequest request) {
        return cache.file(request.path().pathParameters().get("file")).orElseThrow(CacheService::unknownFile);
    }

    private Download namedDownload(ServerRequest request) {
        String id = request.path().pathParameters().get("id");
        return cache.downloads().stream()
                .filter(download -> download.id().equals(id))
                .findFirst()
                .orElseThrow(() -> Refusal.unknown("There is no such download."));
    }

    private static Refusal unknownFile() {
        return Refusal.unknown("There is no such file in the cache.");
    }

    private static Refusal full() {
        return Refusal.later(
                Status.TOO_MANY_REQUESTS_429,
                "Too many downloads",
                "Many files are being fetched already. Try again when some of them are there.",
                Duration.ofSeconds(30));
    }

    private static Refusal failure(String title, String detail) {
        return Refusal.of(Problem.of(Status.INTERNAL_SERVER_ERROR_500, title, detail));
    }
}
