package dev.comfyrouter.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The right to be the only process that works on a path; the operating system takes it back from a dead one.
final class CacheLock implements AutoCloseable {

    private final FileChannel channel;

    private CacheLock(FileChannel channel) {
        this.channel = channel;
    }

    /// @throws CacheUnusable if another process, or another cache of this one, has it
    static CacheLock take(Path file, Path what) throws IOException {
        var channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw inUse(what, " by the process " + holder(channel));
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw inUse(what, " by this very process");
        } catch (IOException | CacheUnusable e) {
            channel.close();
            throw e;
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)), 0);
        return new CacheLock(channel);
    }

    private static String holder(FileChannel channel) throws IOException {
        return new String(Structure.read(channel, 0, 32), StandardCharsets.UTF_8).strip();
    }

    private static CacheUnusable inUse(Path what, String by) {
        return new CacheUnusable(what + " is in use" + by + "; every cache needs a folder and a record of its own");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
