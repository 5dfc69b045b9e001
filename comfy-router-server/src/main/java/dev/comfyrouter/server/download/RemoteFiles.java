package dev.comfyrouter.server.download;

import dev.comfyrouter.cache.DownloadRequest;
import dev.comfyrouter.cache.FileKind;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.ModelUse;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The files that a task names by URL, each once, in the order of its parameters.
public record RemoteFiles(List<Wanted> all) {
    /// The longest name that people are shown.
    private static final int NAME = 80;

    /// One of the files.
    public sealed interface Wanted {
        URI url();

        /// What people call it: the last part of its URL.
        default String name() {
            String path = String.valueOf(url().getPath());
            String last = path.substring(path.lastIndexOf('/') + 1).replaceAll("\\p{Cntrl}", "");
            return last.isEmpty() ? "the file at " + url().getHost() : last.substring(0, Math.min(last.length(), NAME));
        }
    }

    /// A model, for this folder.
    public record Model(ModelFolder folder, ModelRef.Remote ref) implements Wanted {
        @Override
        public URI url() {
            return ref.url();
        }
    }

    /// A picture.
    public record Picture(ImageRef.Remote ref) implements Wanted {
        @Override
        public URI url() {
            return ref.url();
        }
    }

    public RemoteFiles {
        all = List.copyOf(all);
    }

    public static RemoteFiles of(Plan plan) {
        Set<Wanted> wanted = new LinkedHashSet<>();
        for (ModelUse use : plan.models()) {
            if (use.ref() instanceof ModelRef.Remote remote) {
                wanted.add(new Model(use.folder(), remote));
            }
        }
        for (ImageUse use : plan.images()) {
            if (use.ref() instanceof ImageRef.Remote remote) {
                wanted.add(new Picture(remote));
            }
        }
        return new RemoteFiles(List.copyOf(wanted));
    }

    public boolean isEmpty() {
        return all.isEmpty();
    }

    /// What the cache is asked for.
    ///
    /// @param models the models folder
    List<DownloadRequest> requests(Path models, Instant deadline, TaskId task) {
        return all.stream()
                .map(wanted -> switch (wanted) {
                    case Model(ModelFolder folder, ModelRef.Remote ref) -> {
                        DownloadRequest.Builder request = DownloadRequest.builder(ref.url(), FileKind.MODEL)
                                .directory(models.resolve(folder.folder()));
                        ref.sha256().ifPresent(request::sha256);
                        yield request.deadline(deadline)
                                .wantedBy(task.toString())
                                .build();
                    }
                    case Picture(ImageRef.Remote ref) ->
                        DownloadRequest.builder(ref.url(), FileKind.IMAGE)
                                .deadline(deadline)
                                .wantedBy(task.toString())
                                .build();
                })
                .toList();
    }
}
