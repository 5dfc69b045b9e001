package dev.comfyrouter.server.result;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;

/// What kind of file an output is, by its first bytes, and by its name where these do not tell.
final class ContentTypes {
    private static final Map<String, String> BY_EXTENSION = Map.ofEntries(
            Map.entry(".png", "image/png"),
            Map.entry(".jpg", "image/jpeg"),
            Map.entry(".jpeg", "image/jpeg"),
            Map.entry(".webp", "image/webp"),
            Map.entry(".gif", "image/gif"),
            Map.entry(".avif", "image/avif"),
            Map.entry(".svg", "image/svg+xml"),
            Map.entry(".mp4", "video/mp4"),
            Map.entry(".mov", "video/quicktime"),
            Map.entry(".mkv", "video/x-matroska"),
            Map.entry(".webm", "video/webm"),
            Map.entry(".mp3", "audio/mpeg"),
            Map.entry(".m4a", "audio/mp4"),
            Map.entry(".flac", "audio/flac"),
            Map.entry(".wav", "audio/wav"),
            Map.entry(".ogg", "audio/ogg"),
            Map.entry(".opus", "audio/ogg"),
            Map.entry(".glb", "model/gltf-binary"),
            Map.entry(".gltf", "model/gltf+json"),
            Map.entry(".obj", "model/obj"),
            Map.entry(".stl", "model/stl"),
            Map.entry(".txt", "text/plain; charset=utf-8"),
            Map.entry(".csv", "text/csv; charset=utf-8"),
            Map.entry(".html", "text/html; charset=utf-8"),
            Map.entry(".htm", "text/html; charset=utf-8"),
            Map.entry(".json", "application/json"));

    private ContentTypes() {}

    static String of(byte[] head, String name) {
        if (starts(head, 0, "\u0089PNG\r\n")) {
            return "image/png";
        }
        if (starts(head, 0, "\u00ff\u00d8\u00ff")) {
            return "image/jpeg";
        }
        if (starts(head, 0, "RIFF")) {
            return starts(head, 8, "WEBP") ? "image/webp" : starts(head, 8, "WAVE") ? "audio/wav" : byName(name);
        }
        if (starts(head, 0, "GIF8")) {
            return "image/gif";
        }
        if (starts(head, 4, "ftyp")) {
            return ofBrand(head);
        }
        if (starts(head, 0, "\u001aE\u00df\u00a3")) {
            return extension(name).equals(".mkv") ? "video/x-matroska" : "video/webm";
        }
        if (starts(head, 0, "fLaC")) {
            return "audio/flac";
        }
        if (starts(head, 0, "OggS")) {
            return "audio/ogg";
        }
        if (starts(head, 0, "ID3") || startsMpegFrame(head)) {
            return "audio/mpeg";
        }
        if (starts(head, 0, "glTF")) {
            return "model/gltf-binary";
        }
        String named = byName(name);
        return named.startsWith("image/") && !named.equals("image/svg+xml") ? "application/octet-stream" : named;
    }

    /// What the kind of an ISO container holds.
    private static String ofBrand(byte[] head) {
        if (starts(head, 8, "avif") || starts(head, 8, "avis")) {
            return "image/avif";
        }
        if (starts(head, 8, "M4A ")) {
            return "audio/mp4";
        }
        return starts(head, 8, "qt  ") ? "video/quicktime" : "video/mp4";
    }

    /// MP3 without a tag: eleven bits set, and layer III.
    private static boolean startsMpegFrame(byte[] head) {
        return head.length > 1 && (head[0] & 0xff) == 0xff && (head[1] & 0xe6) == 0xe2;
    }

    /// The extension of a name in lower case, when it is one that a file system and a browser take without harm.
    static String extension(String name) {
        int dot = name.lastIndexOf('.');
        String extension = dot < 0 ? "" : name.substring(dot).toLowerCase(Locale.ROOT);
        return extension.matches("\\.[a-z0-9]{1,8}") ? extension : ".bin";
    }

    private static String byName(String name) {
        return BY_EXTENSION.getOrDefault(extension(name), "application/octet-stream");
    }

    private static boolean starts(byte[] head, int offset, String magic) {
        byte[] bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
        if (head.length < offset + bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if (head[offset + i] != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
