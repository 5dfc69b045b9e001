package dev.comfyrouter.cache;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What the bytes of a file say about it, without any hash.
final class Structure {

    /// How many bytes of the beginning are enough for [#early] and [#sniff].
    static final int HEAD = 512;

    private static final int MAX_SAFETENSORS_HEADER = 100 << 20;
    private static final int TAIL = 66_000;

    private Structure() {}

    /// What is wrong with a file.
    record Problem(DownloadException.Reason reason, String text) {}

    /// What the beginning gives away: a page, a pointer or an error text instead of a file. For every kind but
    /// [FileKind#ANY].
    static Optional<Problem> early(FileKind kind, byte[] head, Optional<String> contentType) {
        if (kind == FileKind.ANY) {
            return Optional.empty();
        }
        var text = new String(head, StandardCharsets.ISO_8859_1).stripLeading().toLowerCase(Locale.ROOT);
        if (text.startsWith("\u00ef\u00bb\u00bf")) {
            text = text.substring(3).stripLeading();
        }
        if (text.startsWith("version https://git-lfs")) {
            return problem(
                    DownloadException.Reason.LFS_POINTER,
                    "the server sent the pointer of git-lfs, not the file; on Hugging Face use /resolve/ instead of /raw/");
        }
        var html = text.startsWith("<!doctype html") || text.startsWith("<html") || text.startsWith("<head");
        if (html || contentType.map(Structure::isPage).orElse(false)) {
            return problem(
                    DownloadException.Reason.HTML_INSTEAD_OF_FILE,
                    "the server sent a web page, not the file; is this the address of a page, or is a log-in needed?");
        }
        if (text.startsWith("{\"error") || text.startsWith("<?xml") || text.startsWith("{\"message")) {
            return problem(DownloadException.Reason.WRONG_KIND, "the server sent an error text, not the file");
        }
        return Optional.empty();
    }

    private static boolean isPage(String contentType) {
        var type = contentType.strip().toLowerCase(Locale.ROOT);
        return type.startsWith("text/html") || type.startsWith("application/xhtml");
    }

    /// The extension that the beginning of a file suggests, empty for none.
    static String sniff(byte[] head) {
        if (startsWith(head, "GGUF")) {
            return ".gguf";
        }
        if (startsWith(head, "\u0089PNG\r\n\u001a\n")) {
            return ".png";
        }
        if (startsWith(head, "\u00ff\u00d8\u00ff")) {
            return ".jpg";
        }
        if (startsWith(head, "RIFF") && head.length >= 12 && startsWith(Arrays.copyOfRange(head, 8, 12), "WEBP")) {
            return ".webp";
        }
        if (startsWith(head, "GIF8")) {
            return ".gif";
        }
        if (startsWith(head, "PK\u0003\u0004")) {
            return ".pt";
        }
        if (head.length >= 9 && head[8] == '{') {
            var length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
            return length >= 2 && length <= MAX_SAFETENSORS_HEADER ? ".safetensors" : "";
        }
        return "";
    }

    private static boolean startsWith(byte[] head, String magic) {
        var bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
        return head.length >= bytes.length && Arrays.equals(head, 0, bytes.length, bytes, 0, bytes.length);
    }

    /// Checks a complete file.
    ///
    /// @param name decides, for models, which structure is expected
    static Optional<Problem> check(FileKind kind, String name, Path file) throws IOException {
        if (kind == FileKind.ANY) {
            return Optional.empty();
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var head = read(channel, 0, HEAD);
            var early = early(kind, head, Optional.empty());
            if (early.isPresent()) {
                return early;
            }
            return kind == FileKind.IMAGE ? image(channel, head) : model(channel, name, head);
        }
    }

    /// Whether the structure of a file proves that no byte is missing at its end.
    static boolean provesEnd(FileKind kind, String name) {
        return kind == FileKind.IMAGE
                || (kind == FileKind.MODEL && !FileNames.extension(name).equals(".gguf"));
    }

    private static Optional<Problem> model(FileChannel channel, String name, byte[] head) throws IOException {
        var extension = FileNames.extension(name);
        return switch (extension) {
            case ".safetensors", ".sft" -> safetensors(channel, head);
            case ".gguf" -> startsWith(head, "GGUF") ? Optional.empty() : wrong("it is named .gguf but is none");
            case ".ckpt", ".pt", ".pt2", ".bin", ".pth", ".pkl" -> pickle(channel, head);
            default -> Optional.of(noExtension(name));
        };
    }

    static Problem noExtension(String name) {
        return new Problem(
                DownloadException.Reason.NO_EXTENSION,
                "'" + name + "' has no extension that ComfyUI lists ("
                        + String.join(
                                " ",
                                FileNames.MODEL_EXTENSIONS.stream().sorted().toList())
                        + "); give the request a name");
    }

    static Problem unsafePickle(String name) {
        return new Problem(
                DownloadException.Reason.UNSAFE_PICKLE,
                "'" + name + "' is of a format that can run code when it is loaded; use a safetensors file");
    }

    /// A safetensors file is 8 bytes of header length, the header, and exactly the bytes that the header's
    /// largest offset names.
    private static Optional<Problem> safetensors(FileChannel channel, byte[] head) throws IOException {
        if (head.length < 8) {
            return problem(DownloadException.Reason.TRUNCATED_SAFETENSORS, "it ends within the safetensors header");
        }
        var length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 2 || length > MAX_SAFETENSORS_HEADER) {
            return wrong(
                    "it is no safetensors file: its header would have " + Long.toUnsignedString(length) + " bytes");
        }
        if (8 + length > channel.size()) {
            return problem(DownloadException.Reason.TRUNCATED_SAFETENSORS, "it ends within the safetensors header");
        }
        var end = largestOffset(read(channel, 8, (int) length));
        if (end < 0) {
            return wrong("it is no safetensors file: its header is not the JSON of one");
        }
        if (8 + length + end != channel.size()) {
            return problem(
                    DownloadException.Reason.TRUNCATED_SAFETENSORS,
                    "a safetensors file of " + (8 + length + end) + " bytes by its header has " + channel.size());
        }
        return Optional.empty();
    }

    private static long largestOffset(byte[] header) {
        long end = 0;
        try (JsonParser json = new JsonFactory().createParser(header)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return -1;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                var metadata = json.currentName().equals("__metadata__");
                if (json.nextToken() != JsonToken.START_OBJECT) {
                    return -1;
                }
                if (metadata) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    var offsets = json.currentName().equals("data_offsets");
                    json.nextToken();
                    if (offsets && json.currentToken() == JsonToken.START_ARRAY) {
                        while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
                            end = Math.max(end, json.getLongValue());
                        }
                    } else {
                        json.skipChildren();
                    }
                }
            }
            return json.currentToken() == JsonToken.END_OBJECT ? end : -1;
        } catch (IOException e) {
            return -1; // not JSON, which is all that is asked here
        }
    }

    /// PyTorch writes a zip, and wrote a bare pickle before 1.6.
    private static Optional<Problem> pickle(FileChannel channel, byte[] head) throws IOException {
        if (startsWith(head, "PK\u0003\u0004")) {
            return endsWithDirectory(channel)
                    ? Optional.empty()
                    : problem(DownloadException.Reason.SIZE_MISMATCH, "the zip in it has no end");
        }
        return startsWith(head, "\u0080")
                ? Optional.empty()
                : wrong("it is no PyTorch file: neither a zip nor a pickle");
    }

    private static boolean endsWithDirectory(FileChannel channel) throws IOException {
        var size = channel.size();
        var tail = read(channel, Math.max(0, size - TAIL), (int) Math.min(TAIL, size));
        for (var at = tail.length - 22; at >= 0; at--) {
            if (tail[at] == 'P' && tail[at + 1] == 'K' && tail[at + 2] == 5 && tail[at + 3] == 6) {
                var comment = (tail[at + 20] & 0xff) | (tail[at + 21] & 0xff) << 8;
                return at + 22 + comment == tail.length;
            }
        }
        return false;
    }

    private static Optional<Problem> image(FileChannel channel, byte[] head) throws IOException {
        var size = channel.size();
        var tail = read(channel, Math.max(0, size - 64), (int) Math.min(64, size));
        return switch (sniff(head)) {
            case ".png" ->
                tail.length >= 12 && new String(tail, tail.length - 8, 4, StandardCharsets.ISO_8859_1).equals("IEND")
                        ? Optional.empty()
                        : cut("PNG");
            case ".jpg" -> endsWithEoi(tail) ? Optional.empty() : cut("JPEG");
            case ".gif" -> tail[tail.length - 1] == 0x3b ? Optional.empty() : cut("GIF");
            case ".webp" -> {
                var riff = Integer.toUnsignedLong(ByteBuffer.wrap(head, 4, 4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getInt());
                yield riff + 8 <= size ? Optional.empty() : cut("WebP");
            }
            default -> wrong("it is no PNG, JPEG, WebP or GIF");
        };
    }

    /// Some cameras and editors pad a JPEG with zeros after its end marker.
    private static boolean endsWithEoi(byte[] tail) {
        for (var at = tail.length - 2; at >= 0; at--) {
            if ((tail[at] & 0xff) == 0xff && (tail[at + 1] & 0xff) == 0xd9) {
                return true;
            }
        }
        return false;
    }

    private static Optional<Problem> cut(String format) {
        return problem(DownloadException.Reason.SIZE_MISMATCH, "the " + format + " ends too early");
    }

    private static Optional<Problem> wrong(String text) {
        return problem(DownloadException.Reason.WRONG_KIND, text);
    }

    private static Optional<Problem> problem(DownloadException.Reason reason, String text) {
        return Optional.of(new Problem(reason, text));
    }

    static byte[] read(FileChannel channel, long position, int length) throws IOException {
        var buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                break;
            }
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
