package dev.comfyrouter.testkit;

import java.util.Locale;
import java.util.Optional;

/// One of the folders that hold files of users.
enum Folder {
    INPUT,
    OUTPUT,
    TEMP;

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Folder> of(String wireName) {
        for (Folder folder : values()) {
            if (folder.wireName().equals(wireName)) {
                return Optional.of(folder);
            }
        }
        return Optional.empty();
    }
}
