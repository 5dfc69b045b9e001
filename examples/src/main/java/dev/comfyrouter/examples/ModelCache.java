package dev.comfyrouter.examples;

import dev.comfyrouter.cache.CacheSettings;
import dev.comfyrouter.cache.DownloadException;
import dev.comfyrouter.cache.DownloadRequest;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.cache.FileKind;
import dev.comfyrouter.cache.Lease;
import dev.comfyrouter.cache.Leases;
import dev.comfyrouter.cache.Progress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The cache alone: a model by URL, fetched once, verified, and linked into the models folder of a ComfyUI.
///
/// You learn what a bounded cache needs to be told, how a download is followed, what a lease protects, and that
/// the second time is a hit.
///
/// ```
/// examples/run ModelCache https://example.com/ink.safetensors cache ComfyUI/models/loras
/// ```
///
/// A fourth argument allows one host of the own network (`mirror.lan`, `127.0.0.1`): by default the cache fetches
/// from public addresses only.
public final class ModelCache {
    private static final long SIXTEEN_GIB = 16L << 30;

    private ModelCache() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        URI url = URI.create(arguments[0]);
        Path folder = Path.of(arguments[1]);
        Path models = Files.createDirectories(Path.of(arguments[2]));
        var settings = CacheSettings.builder(folder, folder.resolveSibling(folder.getFileName() + ".json"))
                .maxBytes(SIXTEEN_GIB)
                .linkRoot(models);
        if (arguments.length > 3) {
            settings.allowPrivate(arguments[3]);
        }
        try (FileCache cache = FileCache.open(settings.build());
                Leases leases = cache.acquire(List.of(DownloadRequest.of(url, FileKind.MODEL)), ModelCache::show)) {
            Lease model = leases.get(0);
            Path link = model.link(models);
            System.out.printf("%n%s: %s, SHA-256 %s%n", model.source(), link, model.sha256());
            // While the lease is open the file is not evicted: let ComfyUI load it here.
        } catch (DownloadException failed) {
            System.out.printf("%nIt cannot be had (%s): %s%n", failed.reason(), failed.getMessage());
        }
    }

    private static void show(List<Progress> files) {
        Progress file = files.getFirst();
        System.out.printf(
                "\r%-8s %3.0f %%  %.1f MB/s",
                file.phase(), 100 * file.fraction().orElse(0.0), file.bytesPerSecond() / 1e6);
        System.out.flush();
    }
}
