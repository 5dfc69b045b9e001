package dev.comfyrouter.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A text that somebody gave for a setting, and where.
///
/// @param source the variable, or the YAML key with its file and line
record Given(String text, String source) {
    private static final String CONFIG = "CONFIG";
    private static final String FILE = "comfy-router.yaml";

    /// What is given, by the names of the settings (those of secrets also with `_FILE`). A name in the environment
    /// hides the same one in the file. Names that no setting has are reported.
    static Map<String, Given> collect(Map<String, String> environment, Path workingDirectory, List<String> problems) {
        var given = new LinkedHashMap<String, Given>(fromFile(environment, workingDirectory, problems));
        new TreeMap<>(environment).forEach((variable, text) -> {
            if (variable.equals(Setting.PREFIX + CONFIG)
                    || !variable.toUpperCase(Locale.ROOT).startsWith(Setting.PREFIX)) {
                return;
            }
            String name = variable.substring(Setting.PREFIX.length());
            if (!variable.startsWith(Setting.PREFIX) || !names().contains(name)) {
                problems.add(variable + ": unknown" + Spelling.suggest(name, names(), other -> Setting.PREFIX + other));
                return;
            }
            partner(name)
                    .filter(other -> !environment.containsKey(Setting.PREFIX + other))
                    .ifPresent(given::remove);
            given.put(name, new Given(text, variable));
        });
        return given;
    }

    private static Map<String, Given> fromFile(
            Map<String, String> environment, Path workingDirectory, List<String> problems) {
        Optional<String> named = Optional.ofNullable(environment.get(Setting.PREFIX + CONFIG));
        Path file = workingDirectory.resolve(named.orElse(FILE));
        if (named.isEmpty() && Files.notExists(file)) {
            return Map.of();
        }
        var given = new LinkedHashMap<String, Given>();
        try {
            for (YamlFile.Entry entry : YamlFile.read(file)) {
                String name = entry.key().toUpperCase(Locale.ROOT).replace(".", "__");
                String source = entry.key() + " (" + file.getFileName() + ", line " + entry.line() + ")";
                if (entry.key().equals(Setting.key(name)) && names().contains(name)) {
                    given.put(name, new Given(entry.text(), source));
                } else {
                    problems.add(source + ": unknown" + Spelling.suggest(name, names(), Setting::key));
                }
            }
        } catch (YamlFile.Unreadable e) {
            problems.add(e.getMessage());
        } catch (IOException e) {
            problems.add(named.map(path -> Setting.PREFIX + CONFIG + ": \"" + path + "\" cannot be read")
                            .orElse(file + " cannot be read")
                    + "; give a readable YAML file");
        }
        return given;
    }

    /// The other of the two names of a secret: its own and that of its file.
    private static Optional<String> partner(String name) {
        return Settings.ALL.stream()
                .filter(setting -> setting.kind().hidden())
                .flatMap(setting -> {
                    if (name.equals(setting.name())) {
                        return Optional.of(setting.fileName()).stream();
                    }
                    return Optional.of(setting.name()).filter(own -> name.equals(setting.fileName())).stream();
                })
                .findFirst();
    }

    private static Set<String> names() {
        var names = new HashSet<String>();
        for (Setting<?> setting : Settings.ALL) {
            names.add(setting.name());
            if (setting.kind().hidden()) {
                names.add(setting.fileName());
            }
        }
        return names;
    }
}
