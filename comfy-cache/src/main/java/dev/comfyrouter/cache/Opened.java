package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The parts of an opened cache, put together.
///
/// @param locks of the folder and of the record; none when nothing can be written
record Opened(
        Shelf shelf,
        Ledger ledger,
        DownloadBoard board,
        Equipment equipment,
        Links links,
        Keeper keeper,
        List<CacheLock> locks,
        boolean readOnly) {

    private static final Logger LOG = System.getLogger(Opened.class.getName());
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    static Opened open(CacheSettings settings, Set<String> stillUsed) {
        var locks = new ArrayList<CacheLock>();
        try {
            return open(settings, stillUsed, locks);
        } catch (IOException e) {
            close(locks);
            throw new CacheUnusable("The cache folder " + settings.directory + " cannot be opened: " + e, e);
        } catch (RuntimeException | Error e) {
            close(locks);
            throw e;
        }
    }

    private static Opened open(CacheSettings settings, Set<String> stillUsed, List<CacheLock> locks)
            throws IOException {
        var disk = new Disk(settings.hooks.probe());
        var blobs = new Blobs(disk, settings.directory);
        var readOnly = settings.hooks.readOnly()
                || (Files.isDirectory(settings.directory) && !Files.isWritable(settings.directory));
        if (!readOnly) {
            prepare(settings, blobs, locks);
        }
        var files = new RecordFiles(
                disk, settings.record, settings.journal(), Folder.name(settings.directory, disk, readOnly));
        var loaded = files.load();
        if (loaded.damagedLines() > 0) {
            LOG.log(
                    Level.WARNING,
                    "{0} lines of the record {1} are damaged and were skipped",
                    loaded.damagedLines(),
                    settings.record);
        }

        var counters = new Counters();
        var shelf = new Shelf(
                settings.clock,
                settings.maxBytes,
                everything -> new Journal(files, loaded.journalLines() + loaded.damagedLines(), everything));
        var store = Files.getFileStore(settings.directory);
        var networkDisk = settings.hooks.networkDisk().orElseGet(() -> DiskRoom.isNetwork(store));
        var board = new DownloadBoard(shelf, settings.failureMemory);
        var queue = new SpaceQueue(shelf);
        var traffic = new Traffic(shelf, queue, counters, settings.parallelDownloads);
        var links = new Links(
                disk, settings.linkRoots, settings.directoryOnNodes, sha256 -> Files.exists(blobs.path(sha256)));
        var refetches = new Refetches(settings.maxBytes, counters);
        var evictor = new Evictor(shelf, traffic, blobs, links, counters, refetches, networkDisk);
        var bootId = settings.hooks.bootId().orElseGet(Opened::bootId);
        var equipment = new Equipment(
                settings,
                traffic,
                new Outcomes(shelf, queue, counters, board),
                new Http(settings, ownAddresses()),
                disk,
                blobs,
                evictor,
                new DiskRoom(store, settings.freeSpaceFloor, settings.hooks.usableSpace()),
                counters,
                refetches,
                bootId);
        takeStock(settings, shelf, new Inventory(blobs, disk, readOnly), links, loaded, bootId);
        var keeper = new Keeper(equipment, networkDisk && !readOnly);
        var opened = new Opened(shelf, new Ledger(shelf, counters), board, equipment, links, keeper, locks, readOnly);
        if (readOnly) {
            LOG.log(
                    Level.WARNING,
                    "{0} cannot be written: cached files are served, downloads fail",
                    settings.directory);
            shelf.shut(DownloadException.Reason.READ_ONLY);
        } else {
            shelf.journal().start();
            evictor.setAside();
            traffic.overLimit(stillUsed).forEach(entry -> evictor.evict(entry, "the limit is lower than before"));
            keeper.start();
        }
        return opened;
    }

    private static void prepare(CacheSettings settings, Blobs blobs, List<CacheLock> locks) throws IOException {
        Folder.make(settings.directory);
        Folder.refuseIfOthersMayWrite(settings.directory);
        locks.add(CacheLock.take(settings.directory.resolve("lock"), settings.directory));
        for (var directory : blobs.directories()) {
            Folder.make(directory);
            Folder.refuseIfOthersMayWrite(directory);
        }
        var recordDirectory = settings.record.getParent();
        if (recordDirectory != null) {
            Folder.make(recordDirectory);
        }
        locks.add(CacheLock.take(
                settings.record.resolveSibling(settings.record.getFileName() + ".lock"), settings.record));
    }

    private static void takeStock(
            CacheSettings settings,
            Shelf shelf,
            Inventory inventory,
            Links links,
            RecordFiles.Loaded loaded,
            String bootId)
            throws IOException {
        var files = inventory.files(loaded.files(), settings.clock.millis());
        var present = files.stream().map(FileRecord::sha256).collect(Collectors.toSet());
        var linked = inventory.links(links, present);
        shelf.lock.lock();
        try {
            for (var file : files) {
                shelf.found(file.linkedOnly(linked.getOrDefault(file.sha256(), List.of())));
            }
            inventory.parts(bootId).forEach(shelf::keep);
        } finally {
            shelf.lock.unlock();
        }
        inventory.deleteLooseMeta();
    }

    private static String bootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            return ""; // not Linux: only forced bytes are trusted after a crash
        }
    }

    private static List<InetAddress> ownAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .toList();
        } catch (SocketException e) {
            LOG.log(Level.WARNING, "The addresses of this machine cannot be listed: {0}", e.toString());
            return List.of();
        }
    }

    void close() {
        if (!readOnly) {
            keeper.close();
            shelf.journal().close();
        }
        close(locks);
    }

    void abandon() throws InterruptedException {
        keeper.close();
        shelf.journal().abandon();
        close(locks);
    }

    private static void close(List<CacheLock> locks) {
        for (var lock : locks) {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.log(Level.WARNING, "A lock of the cache cannot be given back: {0}", e.toString());
            }
        }
    }
}
