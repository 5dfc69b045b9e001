package dev.comfyrouter.server.download;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// Short-lived links in the models folder to a small file in the cache folder, made as those of models are: who sees
/// one of them with its size sees the models, too.
public final class ProbeLinks {
    private static final Logger LOG = System.getLogger(ProbeLinks.class.getName());
    private static final String FOLDER = "checkpoints";
    private static final String PREFIX = "comfy-router-probe-";
    private static final String SUFFIX = ".safetensors";
    private static final byte[] CONTENT =
            "Comfy Router asks its nodes whether they see this file.\n".getBytes(StandardCharsets.UTF_8);

    private final Path directory;
    private final Path target;

    /// A link that is there until it is removed.
    ///
    /// @param folder below the models folder
    /// @param size in bytes
    public record Probe(String folder, Path link, long size) {
        public String name() {
            return String.valueOf(link.getFileName());
        }

        public void remove() {
            try {
                Files.deleteIfExists(link);
            } catch (IOException left) {
                LOG.log(Level.WARNING, "{0} was not removed: {1}", link, left.getMessage());
            }
        }
    }

    private ProbeLinks(Path directory, Path target) {
        this.directory = directory;
        this.target = target;
    }

    /// Writes the file, and removes links that a killed process left.
    ///
    /// @param cacheOnNodes the cache folder in the spelling of the nodes
    public static ProbeLinks open(Path cache, String cacheOnNodes, Path models) throws IOException {
        Path file = cache.resolve("probe");
        if (!Files.exists(file) || Files.size(file) != CONTENT.length) {
            Files.write(file, CONTENT);
        }
        Path directory = Files.createDirectories(models.resolve(FOLDER));
        Path target = Path.of(cacheOnNodes + (cacheOnNodes.endsWith("/") ? "" : "/") + "probe");
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, PREFIX + "*" + SUFFIX)) {
            for (Path link : left) {
                if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(target)) {
                    Files.deleteIfExists(link);
                }
            }
        }
        return new ProbeLinks(directory, target);
    }

    /// Empty when the folder takes no links.
    public Optional<Probe> make() {
        String name =
                PREFIX + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()) + SUFFIX;
        try {
            Path link = Files.createSymbolicLink(directory.resolve(name), target);
            return Optional.of(new Probe(FOLDER, link, CONTENT.length));
        } catch (IOException | UnsupportedOperationException refused) {
            LOG.log(
                    Level.WARNING,
                    "no link can be made in {0}, so models by URL go to no node: {1}",
                    directory,
                    refused.toString());
            return Optional.empty();
        }
    }
}
