package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.cache.CacheStats;
import dev.comfyrouter.cache.Download;
import dev.comfyrouter.cache.FileCache;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The downloads of the live table. One thread at a time.
final class LiveDownloads {
    private final FileCache cache;
    private final CacheViews views;
    private final LiveTable table;
    private final Set<String> shown = new HashSet<>();

    LiveDownloads(FileCache cache, CacheViews views, LiveTable table) {
        this.cache = cache;
        this.views = views;
        this.table = table;
    }

    /// States every download as it is now.
    void show() {
        Set<String> present = new HashSet<>();
        for (Download download : cache.downloads()) {
            String key = "d:" + download.id();
            present.add(key);
            table.put(key, Json.MAPPER.valueToTree(views.download(download)));
        }
        for (String key : List.copyOf(shown)) {
            if (!present.contains(key)) {
                table.remove(key);
            }
        }
        shown.clear();
        shown.addAll(present);
    }

    /// The table was emptied.
    void forget() {
        shown.clear();
    }

    /// The cache in three figures, the speed in bytes a second.
    ObjectNode totals() {
        CacheStats stats = cache.stats();
        double rate = cache.downloads().stream()
                .filter(Download::running)
                .mapToDouble(download -> download.progress().bytesPerSecond())
                .sum();
        return Json.MAPPER
                .createObjectNode()
                .put("bytes", stats.bytes() + stats.partialBytes())
                .put("limit", stats.maxBytes())
                .put("rate", Math.round(rate));
    }
}
