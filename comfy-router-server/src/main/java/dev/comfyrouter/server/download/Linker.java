package dev.comfyrouter.server.download;

import dev.comfyrouter.cache.Lease;
import dev.comfyrouter.cache.Leases;
import dev.comfyrouter.cache.LinkException;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.PictureHeader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Makes of leased files what a task needs: models as links in the models folder, pictures with a checked header.
final class Linker {
    private final Path models;

    Linker(Path models) {
        this.models = models;
    }

    /// A file is here and is not what the task needs, or cannot be shown to the nodes.
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Verdict verdict;

        Unusable(Verdict verdict) {
            super(verdict.toString());
            this.verdict = verdict;
        }

        Verdict verdict() {
            return verdict;
        }
    }

    Path models() {
        return models;
    }

    /// @param leases one for each of the files, in their order
    PresentFiles present(RemoteFiles files, Leases leases) throws InterruptedException, Unusable {
        Map<RemoteFiles.Model, PresentFiles.Link> links = new LinkedHashMap<>();
        Map<ImageRef.Remote, PresentFiles.Picture> pictures = new LinkedHashMap<>();
        for (int i = 0; i < files.all().size(); i++) {
            Lease lease = leases.get(i);
            switch (files.all().get(i)) {
                case RemoteFiles.Model model -> links.put(model, link(model.folder(), lease));
                case RemoteFiles.Picture(ImageRef.Remote ref) -> pictures.put(ref, picture(lease));
            }
        }
        return new PresentFiles(leases.all().stream().map(Lease::sha256).toList(), links, pictures);
    }

    private PresentFiles.Link link(ModelFolder folder, Lease lease) throws InterruptedException, Unusable {
        try {
            Path link = lease.link(Files.createDirectories(models.resolve(folder.folder())));
            return new PresentFiles.Link(folder, String.valueOf(link.getFileName()), lease.size(), lease.pickle());
        } catch (LinkException failed) {
            throw new Unusable(Verdict.of(failed));
        } catch (IOException failed) {
            throw new Unusable(new Verdict.Again(
                    Optional.empty(), models.resolve(folder.folder()) + " cannot be made: " + failed.getMessage()));
        }
    }

    private static PresentFiles.Picture picture(Lease lease) throws Unusable {
        Optional<PictureHeader> header;
        try (InputStream bytes = Files.newInputStream(lease.path())) {
            header = PictureHeader.read(bytes);
        } catch (IOException failed) {
            throw new Unusable(
                    new Verdict.Again(Optional.empty(), lease.url() + " cannot be read: " + failed.getMessage()));
        }
        if (header.isEmpty()) {
            throw new Unusable(Verdict.input(
                    lease.url() + " is no PNG, JPEG or WebP that can be read", "use the URL of such a picture"));
        }
        Optional<String> problem = header.get().problem();
        if (problem.isPresent()) {
            throw new Unusable(Verdict.input(lease.url() + ": " + problem.get(), "use a smaller picture"));
        }
        return new PresentFiles.Picture(lease.sha256(), lease.path(), header.get());
    }
}
