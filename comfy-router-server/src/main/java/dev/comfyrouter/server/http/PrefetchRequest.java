package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.workflows.ModelFolder;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A model that an operator wants to have before a task asks for it.
///
/// @param name the file name that is wanted; by default that of the server or of the URL
/// @param sha256 what its bytes must hash to, 64 lower-case hex digits
record PrefetchRequest(URI url, ModelFolder folder, Optional<String> name, Optional<String> sha256) {
    private static final Set<String> KNOWN = Set.of("url", "folder", "name", "sha256");
    private static final int LONGEST_URL = 8_000;
    private static final int LONGEST_NAME = 200;
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final String FOLDERS =
            Arrays.stream(ModelFolder.values()).map(ModelFolder::folder).collect(Collectors.joining(", "));

    static PrefetchRequest read(JsonNode body) {
        List<Problem.Mistake> mistakes = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : body.properties()) {
            if (!KNOWN.contains(member.getKey())) {
                mistakes.add(
                        new Problem.Mistake("/" + member.getKey(), "unknown; allowed are url, folder, name, sha256"));
            }
        }
        Optional<URI> url = url(body.path("url"), mistakes);
        Optional<ModelFolder> folder = folder(body.path("folder"), mistakes);
        Optional<String> name = text(
                body.path("name"),
                "/name",
                text -> !text.isBlank()
                        && text.length() <= LONGEST_NAME
                        && text.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c)),
                "name is a file name of 1 to " + LONGEST_NAME + " characters, without a path",
                mistakes);
        Optional<String> sha256 = text(
                body.path("sha256"),
                "/sha256",
                text -> SHA256.matcher(text).matches(),
                "sha256 is 64 hex digits",
                mistakes);
        if (!mistakes.isEmpty()) {
            throw Refusal.wrong(mistakes);
        }
        return new PrefetchRequest(
                url.orElseThrow(), folder.orElseThrow(), name, sha256.map(hex -> hex.toLowerCase(Locale.ROOT)));
    }

    private static Optional<URI> url(JsonNode node, List<Problem.Mistake> mistakes) {
        if (node.isTextual() && node.textValue().length() <= LONGEST_URL) {
            try {
                var url = new URI(node.textValue().strip());
                if (url.getHost() != null) {
                    return Optional.of(url);
                }
            } catch (URISyntaxException noUrl) {
                // said below, as for every other text that is none
            }
        }
        mistakes.add(new Problem.Mistake("/url", "url is the http or https address of a model file"));
        return Optional.empty();
    }

    private static Optional<ModelFolder> folder(JsonNode node, List<Problem.Mistake> mistakes) {
        Optional<ModelFolder> folder = node.isTextual() ? ModelFolder.named(node.textValue()) : Optional.empty();
        if (folder.isEmpty()) {
            mistakes.add(
                    new Problem.Mistake("/folder", "folder is the models folder that the file is for: " + FOLDERS));
        }
        return folder;
    }

    private interface Check {
        boolean isFair(String text);
    }

    private static Optional<String> text(
            JsonNode node, String pointer, Check check, String rule, List<Problem.Mistake> mistakes) {
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (!node.isTextual() || !check.isFair(node.textValue())) {
            mistakes.add(new Problem.Mistake(pointer, rule));
            return Optional.empty();
        }
        return Optional.of(node.textValue());
    }
}
