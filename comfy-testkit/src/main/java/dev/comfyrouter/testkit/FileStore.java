package dev.comfyrouter.testkit;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/// Uploads and outputs, held in memory: what nodes write is forgotten from the oldest on when it becomes too
/// much.
final class FileStore {

    /// @param number distinguishes the versions of a file, for its ETag
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record StoredFile(String name, byte[] bytes, Instant modified, long number) {}

    /// What may escape, as ComfyUI sees it.
    static final class OutsideOfFolder extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutsideOfFolder(String path) {
            super(path);
        }
    }

    private record Key(Folder folder, String path) {}

    private record Written(Key key, long number, int size) {}

    private static final long MAX_WRITTEN_BYTES = 256L * 1024 * 1024;
    // What a file takes beside its bytes, roughly.
    private static final int OVERHEAD = 1024;
    private static final int MAX_COUNTERS = 100_000;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by `lock`, all of these.
    private final Map<Folder, NavigableMap<String, StoredFile>> folders = new EnumMap<>(Folder.class);
    private final Map<Key, Integer> counters = new LinkedHashMap<>();
    private final Deque<Written> written = new ArrayDeque<>();
    private long writtenBytes;
    private long count;

    FileStore() {
        for (Folder folder : Folder.values()) {
            folders.put(folder, new TreeMap<>());
        }
    }

    /// @throws OutsideOfFolder when the path leaves the folder
    Optional<StoredFile> find(Folder folder, String subfolder, String name) {
        String path = path(subfolder, name);
        lock.lock();
        try {
            return Optional.ofNullable(files(folder).get(path));
        } finally {
            lock.unlock();
        }
    }

    /// Names in the folder itself, without sub-folders, sorted.
    List<String> names(Folder folder) {
        lock.lock();
        try {
            return files(folder).keySet().stream()
                    .filter(path -> path.indexOf('/') < 0)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /// Whether anything was ever put below this path.
    boolean hasDirectory(Folder folder, String path) {
        lock.lock();
        try {
            return files(folder).keySet().stream().anyMatch(each -> each.startsWith(path + "/"));
        } finally {
            lock.unlock();
        }
    }

    /// @throws OutsideOfFolder when the path leaves the folder
    void put(Folder folder, String subfolder, String name, byte[] bytes) {
        String path = path(subfolder, name);
        lock.lock();
        try {
            files(folder).put(path, new StoredFile(lastPart(path), bytes, Instant.now(), ++count));
            if (folder != Folder.INPUT) {
                written.add(new Written(new Key(folder, path), count, bytes.length + OVERHEAD));
                writtenBytes += bytes.length + OVERHEAD;
                forgetOldest();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The next number for a file of that prefix: one more than the highest so far.
    int nextNumber(Folder folder, String subfolder, String prefix) {
        Key key = new Key(folder, path(subfolder, prefix));
        lock.lock();
        try {
            if (counters.size() >= MAX_COUNTERS) {
                counters.remove(counters.keySet().iterator().next());
            }
            return counters.merge(key, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
    }

    /// `temp/` is emptied when ComfyUI starts; the other folders stay.
    void forgetTemporaryFiles() {
        lock.lock();
        try {
            files(Folder.TEMP).clear();
        } finally {
            lock.unlock();
        }
    }

    private void forgetOldest() {
        while (writtenBytes > MAX_WRITTEN_BYTES && written.size() > 1) {
            Written oldest = written.remove();
            writtenBytes -= oldest.size();
            NavigableMap<String, StoredFile> files = files(oldest.key().folder());
            StoredFile file = files.get(oldest.key().path());
            if (file != null && file.number() == oldest.number()) {
                files.remove(oldest.key().path());
            }
        }
    }

    private NavigableMap<String, StoredFile> files(Folder folder) {
        return folders.computeIfAbsent(folder, each -> new TreeMap<>());
    }

    /// The path inside a folder without `.`, `..` and empty parts.
    static String path(String subfolder, String name) {
        if (subfolder.startsWith("/") || name.startsWith("/")) {
            throw new OutsideOfFolder(subfolder + "/" + name);
        }
        Deque<String> parts = new ArrayDeque<>();
        for (String part : (subfolder + "/" + name).split("/", -1)) {
            if (part.equals("..")) {
                if (parts.pollLast() == null) {
                    throw new OutsideOfFolder(subfolder + "/" + name);
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return String.join("/", parts);
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
