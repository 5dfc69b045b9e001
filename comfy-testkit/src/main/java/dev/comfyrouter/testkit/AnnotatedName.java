package dev.comfyrouter.testkit;

import java.util.Optional;

/// The name of a file as inputs give it: `sub/name.png`, perhaps with ` [output]`, ` [input]` or ` [temp]`
/// behind it.
record AnnotatedName(Folder folder, String name) {

    static AnnotatedName parse(String text, Folder standard) {
        for (Folder folder : Folder.values()) {
            String annotation = " [" + folder.wireName() + "]";
            if (text.endsWith(annotation)) {
                return new AnnotatedName(folder, text.substring(0, text.length() - annotation.length()));
            }
            if (text.endsWith(annotation.substring(1))) {
                return new AnnotatedName(folder, text.substring(0, text.length() - annotation.length() + 1));
            }
        }
        return new AnnotatedName(standard, text);
    }

    Optional<FileStore.StoredFile> find(FileStore files) {
        try {
            return files.find(folder, "", name);
        } catch (FileStore.OutsideOfFolder escape) {
            return Optional.empty();
        }
    }
}
