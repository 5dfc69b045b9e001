package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// Which nodes notice that something outside their inputs changed (ComfyUI's `IS_CHANGED`).
final class Freshness implements OutputCache.Freshness {

    private final FileStore files;
    private final AtomicLong unique = new AtomicLong();

    Freshness(FileStore files) {
        this.files = files;
    }

    @Override
    public Optional<String> of(ObjectNode node) {
        return switch (node.path("class_type").asText()) {
            case "LoadImage", "LoadImageMask", "LoadImageOutput" ->
                AnnotatedName.parse(node.path("inputs").path("image").asText(), Folder.INPUT)
                        .find(files)
                        .map(file -> OutputCache.sha256(file.bytes()));
            case "SaveImageWebsocket" -> Optional.of("time " + unique.incrementAndGet());
            default -> Optional.empty();
        };
    }
}
