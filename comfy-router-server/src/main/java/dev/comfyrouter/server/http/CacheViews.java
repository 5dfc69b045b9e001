package dev.comfyrouter.server.http;

import dev.comfyrouter.cache.CachedFile;
import dev.comfyrouter.cache.Download;
import dev.comfyrouter.cache.FileKind;
import dev.comfyrouter.cache.Progress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/// What operators see of the cache: its files and its downloads.
final class CacheViews {
    private static final String PICTURES = "pictures";
    private static final String OTHER = "other";

    /// How many of the tasks that wait for a file are named.
    private static final int NAMED = 20;

    private final Path models;
    private final Versions versions;

    /// @param models the directory below which models are linked
    CacheViews(Path models, Versions versions) {
        this.models = models;
        this.versions = versions;
    }

    /// A file of the cache.
    ///
    /// @param lastUsedAt empty when no task has used it yet
    /// @param leased how many tasks use it now
    /// @param from its newest URL, without the query
    record FileView(
            String id,
            String name,
            String folder,
            long bytes,
            Optional<Instant> lastUsedAt,
            long uses,
            boolean pinned,
            int leased,
            Optional<String> from) {}

    FileView file(CachedFile file) {
        return new FileView(
                file.sha256(),
                file.name(),
                file.links().stream()
                        .map(Path::getParent)
                        .flatMap(directory -> below(Optional.ofNullable(directory)).stream())
                        .findFirst()
                        .orElse(file.kinds().contains(FileKind.IMAGE) ? PICTURES : OTHER),
                file.size(),
                file.uses() == 0 ? Optional.empty() : Optional.of(file.lastUse()),
                file.uses(),
                file.pinned(),
                file.leases(),
                file.urls().isEmpty()
                        ? Optional.empty()
                        : Optional.of(file.urls().getLast()));
    }

    /// The files of one folder together.
    record FolderView(String folder, long bytes, int files) {}

    static List<FolderView> folders(List<FileView> files) {
        var byName = new TreeMap<String, FolderView>();
        for (FileView file : files) {
            byName.merge(
                    file.folder(),
                    new FolderView(file.folder(), file.bytes(), 1),
                    (one, more) ->
                            new FolderView(one.folder(), one.bytes() + more.bytes(), one.files() + more.files()));
        }
        return List.copyOf(byName.values());
    }

    /// A download.
    ///
    /// @param from the host that it comes from
    /// @param reason what it waits for, while it waits
    /// @param rate bytes a second
    /// @param tasks how many tasks wait for it
    /// @param taskIds the first of them
    record DownloadView(
            String id,
            long v,
            String name,
            String folder,
            String from,
            String status,
            Optional<String> reason,
            long bytes,
            OptionalLong size,
            long rate,
            OptionalLong etaSeconds,
            int tasks,
            List<String> taskIds,
            Optional<String> error,
            Instant startedAt) {}

    DownloadView download(Download download) {
        Progress progress = download.progress();
        boolean running = download.running();
        Optional<Duration> eta = running ? progress.eta() : Optional.empty();
        return new DownloadView(
                download.id(),
                versions.of("d:" + download.id()),
                download.name(),
                below(download.directory()).orElse(download.kind() == FileKind.IMAGE ? PICTURES : OTHER),
                host(download.url()),
                status(download),
                running ? waitsFor(progress) : Optional.empty(),
                progress.bytes(),
                progress.total(),
                running ? Math.round(progress.bytesPerSecond()) : 0,
                eta.isPresent() ? OptionalLong.of(eta.get().toSeconds()) : OptionalLong.empty(),
                download.waiters(),
                download.wantedBy().stream().limit(NAMED).toList(),
                download.failure().filter(why -> download.failed()).map(why -> String.valueOf(why.getMessage())),
                download.started());
    }

    private static String status(Download download) {
        if (download.failed()) {
            return "failed";
        }
        if (!download.running()) {
            return download.failure().isPresent() ? "cancelled" : "done";
        }
        return switch (download.progress().phase()) {
            case QUEUED, RESERVE, BACKOFF -> "waiting";
            case RESOLVE, DOWNLOAD, HASH, PUBLISH, DONE -> "running";
        };
    }

    private static Optional<String> waitsFor(Progress progress) {
        return switch (progress.phase()) {
            case QUEUED -> Optional.of("waits for its turn");
            case RESERVE ->
                Optional.of(progress.shortage().map(CacheViews::text).orElse("waits for space"));
            case BACKOFF -> Optional.of("the server was busy or broke off: asked again in a moment");
            case RESOLVE, DOWNLOAD, HASH, PUBLISH, DONE -> Optional.empty();
        };
    }

    private static String text(Progress.Shortage shortage) {
        var text = new StringBuilder("waits for space: needs ")
                .append(megabytes(shortage.neededBytes()))
                .append(", ")
                .append(megabytes(shortage.freeBytes()))
                .append(" can be had");
        for (Progress.Blocker blocker : shortage.blockers().stream().limit(3).toList()) {
            text.append("; ").append(blocker.name()).append(blocker.pinned() ? " is pinned" : " is in use");
        }
        return text.toString();
    }

    private static String megabytes(long bytes) {
        return (bytes + 999_999) / 1_000_000 + " MB";
    }

    /// The models folder that a directory is or is inside of.
    private Optional<String> below(Optional<Path> directory) {
        return directory
                .filter(path -> path.startsWith(models) && path.getNameCount() > models.getNameCount())
                .map(path -> path.getName(models.getNameCount()).toString());
    }

    private static String host(String url) {
        return Optional.ofNullable(URI.create(url).getHost()).orElse(url);
    }
}
