package dev.comfyrouter.workflows;

import java.util.List;
import java.util.Optional;

/// Which names of files on a node are safe to send: relative, with `/` between folders, and nothing that
/// climbs out.
final class FileNames {
    private static final int LONGEST = 500;

    private FileNames() {}

    /// What is wrong with the name, as a sentence; empty when nothing is.
    static Optional<String> problem(String name) {
        if (name.isBlank()) return Optional.of("the name of the file is empty");
        if (name.length() > LONGEST) return Optional.of("the name is longer than " + LONGEST + " characters");
        if (name.chars().anyMatch(Character::isISOControl)) return Optional.of("the name contains control characters");
        if (name.chars().anyMatch(c -> Character.isSurrogate((char) c)) && !wellFormed(name))
            return Optional.of("the name contains half a character");
        if (name.indexOf('\\') >= 0)
            return Optional.of("the name contains a backslash; write folders with / as in styles/ink.safetensors");
        if (name.startsWith("/") || name.matches("[A-Za-z]:.*"))
            return Optional.of("the name is an absolute path; give it relative to its models folder");
        if (name.startsWith("~")) return Optional.of("the name starts with ~; give it relative to its models folder");
        for (var part : List.of(name.split("/", -1))) {
            if (part.equals("..") || part.equals("."))
                return Optional.of(
                        "the name contains \"" + part + "\" as a folder; give it relative to its models folder");
            if (part.isEmpty()) return Optional.of("the name has a folder or file without a name");
        }
        return Optional.empty();
    }

    static boolean wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (Character.isHighSurrogate(c)) {
                if (i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(++i))) return false;
            } else if (Character.isLowSurrogate(c)) return false;
        }
        return true;
    }
}
