package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `/view` and the uploads.
final class FileRoutes {

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");
    private static final Map<String, String> CONTENT_TYPES = Map.ofEntries(
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("webp", "image/webp"),
            Map.entry("gif", "image/gif"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("mp4", "video/mp4"),
            Map.entry("webm", "video/webm"),
            Map.entry("txt", "text/plain"),
            Map.entry("json", "application/json"),
            Map.entry("html", "text/html"),
            Map.entry("css", "text/css"),
            Map.entry("js", "text/javascript"),
            Map.entry("xml", "text/xml"));
    private static final Pattern SCRIPT = Pattern.compile(".*\\.(html|htm|js|css|xml|svg)", Pattern.CASE_INSENSITIVE);

    private final Engine engine;

    FileRoutes(Engine engine) {
        this.engine = engine;
    }

    void register(Routes routes) {
        routes.on("GET", "/view", this::view);
        routes.on("POST", "/upload/image", request -> upload(request, (part, form) -> Optional.of(part.bytes())));
        routes.on("POST", "/upload/mask", request -> upload(request, this::masked));
    }

    private HttpResponse view(HttpRequest request) {
        Optional<String> given = request.parameter("filename");
        if (given.isEmpty()) {
            return HttpResponse.empty(404);
        }
        Optional<Folder> standard = Folder.of(request.parameter("type").orElse("output"));
        AnnotatedName name = AnnotatedName.parse(given.get(), standard.orElse(Folder.OUTPUT));
        boolean annotated = !name.name().equals(given.get());
        if (name.name().isEmpty() || name.name().startsWith("/") || name.name().contains("..")) {
            return HttpResponse.empty(400);
        }
        if (standard.isEmpty() && !annotated) {
            return HttpResponse.empty(400);
        }
        String base = name.name().substring(name.name().lastIndexOf('/') + 1);
        try {
            return engine.files()
                    .find(name.folder(), request.parameter("subfolder").orElse(""), base)
                    .map(file -> show(request, file))
                    .orElseGet(() -> HttpResponse.empty(404));
        } catch (FileStore.OutsideOfFolder escape) {
            return HttpResponse.empty(403);
        }
    }

    private HttpResponse show(HttpRequest request, FileStore.StoredFile file) {
        String disposition = "filename=\"" + file.name() + "\"";
        Optional<String> preview = request.parameter("preview");
        String channel = request.parameter("channel").orElse("");
        if (preview.isPresent()) {
            boolean jpeg = preview.get().split(";", -1)[0].equals("jpeg") && !channel.contains("a");
            return HttpResponse.of(
                            200,
                            jpeg ? "image/jpeg" : "image/webp",
                            jpeg ? Reencoding.jpeg(file.bytes()) : Reencoding.webp(file.bytes()))
                    .with("Content-Disposition", disposition);
        }
        if (channel.equals("rgb") || channel.equals("a")) {
            return HttpResponse.of(
                            200,
                            "image/png",
                            channel.equals("a")
                                    ? Reencoding.alphaOnly(file.bytes())
                                    : Reencoding.withoutAlpha(file.bytes()))
                    .with("Content-Disposition", disposition);
        }
        return whole(request, file, disposition);
    }

    private HttpResponse whole(HttpRequest request, FileStore.StoredFile file, String disposition) {
        boolean script = engine.release().containsRealPaths()
                && SCRIPT.matcher(file.name()).matches();
        String type = script ? "application/octet-stream" : contentType(file.name());
        String modified =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(file.modified().atZone(ZoneOffset.UTC));
        String tag = "\"" + Long.toHexString(file.modified().toEpochMilli() * 1_000_000 + file.number()) + "-"
                + Long.toHexString(file.bytes().length) + "\"";
        HttpResponse response = range(request, file.bytes(), type)
                .with("Content-Disposition", script ? "attachment; " + disposition : disposition)
                .with("Accept-Ranges", "bytes")
                .with("ETag", tag)
                .with("Last-Modified", modified);
        if (engine.release().containsRealPaths()) {
            response = response.with("X-Content-Type-Options", "nosniff");
        }
        boolean unchanged = request.header("If-None-Match")
                .map(tag::equals)
                .orElseGet(() -> request.header("If-Modified-Since")
                        .map(since -> !file.modified().isAfter(instant(since)))
                        .orElse(false));
        return unchanged ? new HttpResponse(304, response.headers(), new byte[0]) : response;
    }

    private static java.time.Instant instant(String date) {
        try {
            return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeParseException unreadable) {
            return java.time.Instant.EPOCH;
        }
    }

    private static HttpResponse range(HttpRequest request, byte[] bytes, String type) {
        Matcher range = RANGE.matcher(request.header("Range").orElse(""));
        if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
            return HttpResponse.of(200, type, bytes);
        }
        int from;
        int to;
        if (range.group(1).isEmpty()) {
            from = Math.max(0, bytes.length - number(range.group(2), bytes.length));
            to = bytes.length - 1;
        } else {
            from = number(range.group(1), bytes.length);
            to = range.group(2).isEmpty()
                    ? bytes.length - 1
                    : Math.min(number(range.group(2), bytes.length), bytes.length - 1);
        }
        if (from >= bytes.length || from > to) {
            return HttpResponse.empty(416).with("Content-Range", "bytes */" + bytes.length);
        }
        return HttpResponse.of(206, type, Arrays.copyOfRange(bytes, from, to + 1))
                .with("Content-Range", "bytes " + from + "-" + to + "/" + bytes.length);
    }

    private static int number(String digits, int most) {
        return digits.length() > 9 ? most : Math.min(most, Integer.parseInt(digits));
    }

    private static String contentType(String name) {
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return CONTENT_TYPES.getOrDefault(extension, "application/octet-stream");
    }

    /// Makes the bytes to be stored; empty when nothing is to be stored although the answer is 200.
    private interface Content {
        Optional<byte[]> of(Multipart.Part part, Multipart form) throws JsonProcessingException;
    }

    private HttpResponse upload(HttpRequest request, Content content) throws JsonProcessingException {
        Multipart form = Multipart.of(request);
        Optional<Multipart.Part> image = form.part("image");
        if (image.isEmpty()) {
            return HttpResponse.empty(400);
        }
        Folder folder = Folder.of(text(form, "type").orElse("input"))
                .orElseThrow(() -> new IllegalArgumentException("no such folder"));
        String filename = image.get()
                .filename()
                .filter(name -> !name.isEmpty())
                .orElseThrow(() -> new IllegalArgumentException("the part has no file"));
        String subfolder = text(form, "subfolder").orElse("");
        try {
            String path = FileStore.path(subfolder, filename);
            if (filename.contains("/")
                    && !engine.files().hasDirectory(folder, path.substring(0, Math.max(0, path.lastIndexOf('/'))))) {
                throw new IllegalArgumentException("no such directory");
            }
            Optional<byte[]> bytes = content.of(image.get(), form);
            String name = filename;
            boolean overwrite = text(form, "overwrite")
                    .filter(given -> given.equals("true") || given.equals("1"))
                    .isPresent();
            if (!overwrite) {
                name = freeName(folder, subfolder, filename, image.get().bytes());
            }
            if (bytes.isPresent()) {
                engine.files().put(folder, subfolder, name, bytes.get());
            }
            return HttpResponse.json(Json.write(
                    Json.object().put("name", name).put("subfolder", subfolder).put("type", folder.wireName())));
        } catch (FileStore.OutsideOfFolder escape) {
            return HttpResponse.empty(400);
        }
    }

    /// The name itself, or `name (1).png` and so on: the first that is free or has the same bytes.
    private String freeName(Folder folder, String subfolder, String filename, byte[] bytes) {
        int dot = filename.lastIndexOf('.') > 0 ? filename.lastIndexOf('.') : filename.length();
        String name = filename;
        int next = 1;
        while (true) {
            Optional<FileStore.StoredFile> existing = engine.files().find(folder, subfolder, name);
            if (existing.isEmpty() || Arrays.equals(existing.get().bytes(), bytes)) {
                return name;
            }
            name = filename.substring(0, dot) + " (" + next++ + ")" + filename.substring(dot);
        }
    }

    private Optional<byte[]> masked(Multipart.Part mask, Multipart form) throws JsonProcessingException {
        JsonNode reference = Json.read(text(form, "original_ref").orElse("").getBytes(StandardCharsets.UTF_8));
        AnnotatedName name = AnnotatedName.parse(
                reference.path("filename").asText(),
                Folder.of(reference.path("type").asText("output")).orElse(Folder.OUTPUT));
        if (name.name().isEmpty() || name.name().startsWith("/") || name.name().contains("..")) {
            return Optional.empty();
        }
        return engine.files()
                .find(name.folder(), reference.path("subfolder").asText(""), name.name())
                .map(original -> Reencoding.withAlphaOf(original.bytes(), mask.bytes()));
    }

    private static Optional<String> text(Multipart form, String name) {
        return form.part(name).map(Multipart.Part::text);
    }
}
