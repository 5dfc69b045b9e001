package dev.comfyrouter.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/// The bytes of a file that have arrived so far, with a side file that says of which version of which URL they
/// are.
///
/// After a crash of the process everything written is still there, for the kernel has it; after a crash of the
/// machine only what was forced to the disk is trusted. The side file remembers the boot that it was written in
/// to tell the two apart.
///
/// One thread at a time.
final class Part {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long CHECKPOINT = 256L << 20;

    private final Disk disk;
    private final Path file;
    private final String key;
    private final String bootId;

    private Validators validators = Validators.NONE;
    private OptionalLong total = OptionalLong.empty();
    private Optional<String> name = Optional.empty();
    private long length;
    private long synced;
    private long recorded;
    private boolean lossy;
    private final RunningHash hash = new RunningHash();
    private final Writeback writeback = new Writeback();
    private Optional<FileChannel> channel = Optional.empty();

    private Part(Disk disk, Path file, String key, String bootId) {
        this.disk = disk;
        this.file = file;
        this.key = key;
        this.bootId = bootId;
    }

    /// An empty part under a name that nobody else uses.
    static Part create(Disk disk, Path directory, String key, String bootId) {
        var random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        return new Part(disk, directory.resolve(key + "-" + random + ".part"), key, bootId);
    }

    /// A part that an earlier process left behind.
    ///
    /// @return empty when it cannot be trusted; the caller deletes it
    static Optional<Part> adopt(Disk disk, Path file, String bootId) throws IOException {
        var sidecar = sidecar(file);
        try {
            var json = JSON.readTree(Files.readAllBytes(sidecar));
            var key = json.path("key").asText();
            var fileName = String.valueOf(file.getFileName());
            if (!key.matches("[0-9a-f]{64}") || !fileName.startsWith(key + "-")) {
                return Optional.empty();
            }
            var part = new Part(disk, file, key, bootId);
            part.validators = new Validators(
                    Optional.ofNullable(json.path("etag").textValue()),
                    Optional.ofNullable(json.path("lastModified").textValue()));
            part.total = json.has("total") ? OptionalLong.of(json.path("total").asLong()) : OptionalLong.empty();
            part.name = Optional.ofNullable(json.path("name").textValue());
            part.synced = json.path("synced").asLong();
            var size = Files.size(file);
            var sameBoot = !bootId.isEmpty() && json.path("boot").asText().equals(bootId);
            part.length = sameBoot ? size : Math.min(part.synced, size);
            if (part.length == 0 || part.validators.areNone()) {
                return Optional.empty();
            }
            if (!Files.isWritable(file)) {
                file.toFile().setWritable(true, true); // it was sealed, and the crash came before it was moved
            }
            return Optional.of(part);
        } catch (JsonProcessingException e) {
            return Optional.empty(); // torn by the crash
        } catch (NoSuchFileException e) {
            return Optional.empty(); // never had a side file
        }
    }

    static Path sidecar(Path file) {
        return file.resolveSibling(file.getFileName() + ".json");
    }

    String key() {
        return key;
    }

    Path file() {
        return file;
    }

    long length() {
        return length;
    }

    OptionalLong total() {
        return total;
    }

    Validators validators() {
        return validators;
    }

    Optional<String> name() {
        return name;
    }

    /// Notes which version of the file the bytes are of.
    void describe(Validators now, OptionalLong size, Optional<String> fileName) throws IOException {
        if (validators.equals(now) && total.equals(size) && name.equals(fileName)) {
            return;
        }
        validators = now;
        total = size;
        name = fileName;
        writeSidecar();
    }

    /// Adds bytes at the end, and takes the buffer that they are in. After a failure nothing has been added,
    /// and the buffer is still the caller's.
    ///
    /// @return a buffer of the same size, to be filled next
    byte[] append(byte[] bytes, int count) throws IOException, InterruptedException {
        var target = open();
        collectWriteback();
        try {
            disk.write(target, ByteBuffer.wrap(bytes, 0, count), file);
        } catch (IOException e) {
            target.truncate(length).position(length); // a full disk may have taken a part of it
            throw e;
        }
        var hashedSoFar = hash.length() == length;
        length += count;
        writeback.at(target, length);
        return hashedSoFar ? hash.add(bytes, count) : bytes;
    }

    private void collectWriteback() throws IOException {
        try {
            synced = Math.max(synced, writeback.take());
        } catch (IOException e) {
            lossy = true;
            throw e;
        }
        if (synced - recorded >= CHECKPOINT) {
            writeSidecar();
        }
    }

    /// Begins anew at byte 0.
    void restart() throws IOException {
        if (length > 0) {
            disk.truncate(open(), 0, file);
        }
        length = 0;
        synced = 0;
        recorded = 0;
        writeback.reset();
        hash.reset();
    }

    /// Reads what the hash has not seen yet; after that it follows the bytes as they arrive.
    void hashWhatIsThere() throws IOException {
        if (hash.length() == length) {
            return;
        }
        if (channel.isEmpty()) {
            open(); // cuts off what is not trusted
        }
        hash.restart(file, length);
    }

    /// The first bytes, enough to see what kind of file it is.
    byte[] head() throws IOException {
        try (var reader = FileChannel.open(file, StandardOpenOption.READ)) {
            return Structure.read(reader, 0, (int) Math.min(Structure.HEAD, length));
        }
    }

    /// SHA-256 of all bytes, 64 hex digits.
    String sha256() throws IOException, InterruptedException {
        hashWhatIsThere();
        return hash.sha256();
    }

    void force() throws IOException {
        try {
            disk.force(open(), file);
        } catch (IOException e) {
            lossy = true;
            throw e;
        }
        synced = length;
    }

    /// Whether a later transfer may go on from here. A disk that failed once may have dropped what it had
    /// taken.
    boolean isFitToKeep() {
        return length > 0 && !lossy && validators.ifRange().isPresent();
    }

    /// Makes the part fit for a later process, and lets go of it.
    void keep() throws IOException {
        try {
            if (channel.isPresent() && length > 0) {
                force();
                writeSidecar();
            }
        } finally {
            closeChannel();
        }
    }

    void delete() throws IOException {
        closeChannel();
        disk.delete(file);
        disk.delete(sidecar(file));
    }

    /// The file has another name now; only its side file is left.
    void forget() throws IOException {
        closeChannel();
        disk.delete(sidecar(file));
    }

    void closeChannel() throws IOException {
        writeback.reset();
        hash.reset();
        if (channel.isPresent()) {
            channel.get().close();
            channel = Optional.empty();
        }
    }

    private FileChannel open() throws IOException {
        if (channel.isEmpty()) {
            var opened = Files.exists(file) ? FileChannel.open(file, StandardOpenOption.WRITE) : disk.create(file);
            channel = Optional.of(opened);
            if (opened.size() != length) {
                disk.truncate(opened, length, file);
            }
            opened.position(length);
        }
        return channel.get();
    }

    private void writeSidecar() throws IOException {
        var json = JSON.createObjectNode();
        json.put("key", key).put("synced", synced).put("boot", bootId);
        validators.etag().ifPresent(etag -> json.put("etag", etag));
        validators.lastModified().ifPresent(modified -> json.put("lastModified", modified));
        total.ifPresent(size -> json.put("total", size));
        name.ifPresent(fileName -> json.put("name", fileName));
        recorded = synced;
        disk.replace(sidecar(file), json.toString().getBytes(StandardCharsets.UTF_8), false);
    }
}
