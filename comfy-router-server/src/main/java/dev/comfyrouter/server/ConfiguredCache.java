package dev.comfyrouter.server;

import dev.comfyrouter.cache.CacheSettings;
import dev.comfyrouter.cache.CacheUnusable;
import dev.comfyrouter.cache.FileCache;
import dev.comfyrouter.cache.PicklePolicy;
import dev.comfyrouter.server.config.RouterConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;

/// The cache of downloaded files, as the configuration describes it.
final class ConfiguredCache {
    private static final String HUGGING_FACE = "huggingface.co";
    private static final String CIVITAI = "civitai.com";

    /// As long as somebody who comes back from a break may want to see what went wrong.
    private static final Duration FAILURES_SHOWN = Duration.ofHours(1);

    private ConfiguredCache() {}

    /// @throws CacheUnusable when the folder is in use, unsafe, of a newer version, or cannot be read
    /// @throws IOException when the models folder cannot be made
    ///
    /// @param stillUsed the files of tasks that have not ended, which keep them
    static FileCache open(RouterConfig.Download config, Set<String> stillUsed, InstantSource clock) throws IOException {
        Path models = Files.createDirectories(config.rootDir().resolve("models"));
        CacheSettings.Builder settings = CacheSettings.builder(config.cacheDir(), config.recordPath())
                .directoryOnNodes(config.cacheDirOnNodes())
                .linkRoot(models)
                .maxBytes(config.maxCacheBytes())
                .pickle(
                        switch (config.pickle()) {
                            case SAFE -> PicklePolicy.MARK;
                            case REFUSE -> PicklePolicy.REFUSE;
                        })
                .failureMemory(FAILURES_SHOWN)
                .clock(clock);
        config.allowPrivate().forEach(settings::allowPrivate);
        config.tokens().forEach((host, token) -> settings.token(host, token.reveal()));
        config.hfToken().ifPresent(token -> settings.token(HUGGING_FACE, token.reveal()));
        config.civitaiToken().ifPresent(token -> settings.token(CIVITAI, token.reveal()));
        return FileCache.open(settings.build(), stillUsed);
    }
}
