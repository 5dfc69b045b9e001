package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.workflows.ModelFolder;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A model that an operator wants to have before a task asks for it.
///
/// @param name the file name that is wanted; by default that of the server or of the URL
/// @param sha256 what its bytes must hash to, 64 lower-case hex digits
record PrefetchRequest(URI url, ModelFolder folder, Optional<String> name, Optional<String> sha256) {
    private static final int LONGEST_URL = 8_000;
    private static final int LONGEST_NAME = 200;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final String FOLDERS =
            Arrays.stream(ModelFolder.values()).map(ModelFolder::folder).collect(Collectors.joining(", "));

    static PrefetchRequest read(JsonNode body) {
        var members = new Members(body, List.of("url", "folder", "name", "sha256"));
        Optional<URI> url = members.value("url").flatMap(PrefetchRequest::url);
        if (url.isEmpty()) {
            members.mistake("/url", "url is the http or https address of a model file");
        }
        Optional<ModelFolder> folder = members.value("folder")
                .filter(JsonNode::isTextual)
                .flatMap(node -> ModelFolder.named(node.textValue()));
        if (folder.isEmpty()) {
            members.mistake("/folder", "folder is the models folder that the file is for: " + FOLDERS);
        }
        Optional<String> name = members.text(
                "name",
                text -> !text.isBlank()
                        && text.length() <= LONGEST_NAME
                        && text.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c)),
                "name is a file name of 1 to " + LONGEST_NAME + " characters, without a path");
        Optional<String> sha256 =
                members.text("sha256", text -> SHA256.matcher(text).matches(), "sha256 is 64 hex digits");
        members.refuseMistakes();
        return new PrefetchRequest(
                url.orElseThrow(), folder.orElseThrow(), name, sha256.map(hex -> hex.toLowerCase(Locale.ROOT)));
    }

    private static Optional<URI> url(JsonNode node) {
        if (!node.isTextual() || node.textValue().length() > LONGEST_URL) {
            return Optional.empty();
        }
        try {
            return Optional.of(new URI(node.textValue().strip())).filter(url -> url.getHost() != null);
        } catch (URISyntaxException noUrl) {
            return Optional.empty();
        }
    }
}
