package dev.comfyrouter.server.config;

import dev.comfyrouter.server.config.RouterConfig.Effective.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The values of all settings, each read by itself. A broken setting has its default here and is listed as broken, so
/// that the rest can still be checked.
final class Values {
    /// In a URL.
    private static final Pattern USER_INFO = Pattern.compile("//[^/?#\\s@,]*@");

    private final Map<String, Object> values = new HashMap<>();
    private final Set<Setting<?>> broken = new HashSet<>();
    private final Map<String, Secret> tokens = new HashMap<>();
    private final Map<String, Given> given;
    private final Path workingDirectory;
    private final List<String> problems;

    private Values(Map<String, Given> given, Path workingDirectory, List<String> problems) {
        this.given = given;
        this.workingDirectory = workingDirectory;
        this.problems = problems;
    }

    static Values read(Map<String, Given> given, Path workingDirectory, List<String> problems) {
        var values = new Values(given, workingDirectory, problems);
        Settings.ALL.forEach(values::add);
        values.of(Settings.TOKENS_FILE).ifPresent(values::readTokens);
        return values;
    }

    @SuppressWarnings("unchecked") // `add` put in a T for each Setting<T>
    <T> T of(Setting<T> setting) {
        return (T) Optional.ofNullable(values.get(setting.name())).orElseThrow();
    }

    Path path(Setting<Path> setting) {
        return workingDirectory.resolve(of(setting)).toAbsolutePath().normalize();
    }

    /// Tokens by host name in lower case.
    Map<String, Secret> tokens() {
        return Map.copyOf(tokens);
    }

    boolean sound(List<Setting<?>> settings) {
        return settings.stream().noneMatch(broken::contains);
    }

    /// How a problem names the setting: by where it was given, else by its variable.
    String named(Setting<?> setting) {
        return Optional.ofNullable(given.get(setting.name()))
                .or(() -> Optional.ofNullable(given.get(setting.fileName())))
                .map(Given::source)
                .orElse(setting.variable());
    }

    /// The value as it was given, in quotes; nothing for a secret and for what nobody has given a value.
    Optional<String> shown(Setting<?> setting) {
        String text =
                Optional.ofNullable(given.get(setting.name())).map(Given::text).orElse(setting.byDefault());
        return setting.kind().hidden() || text.isEmpty() ? Optional.empty() : Optional.of("\"" + text.strip() + "\"");
    }

    /// The variable, with its value unless that is secret.
    String mention(Setting<?> setting) {
        return setting.variable()
                + shown(setting).map(text -> " (" + text + ")").orElse("");
    }

    /// The setting as it is in force, fit to be shown to an operator.
    RouterConfig.Effective effective(Setting<?> setting) {
        Optional<Given> found = Optional.ofNullable(given.get(setting.name()))
                .or(() -> Optional.ofNullable(given.get(setting.fileName())));
        String text = found.map(Given::text).orElse(setting.byDefault()).strip();
        Source source = found.isEmpty()
                ? Source.DEFAULT
                : found.get().source().startsWith(Setting.PREFIX) ? Source.ENVIRONMENT : Source.FILE;
        String shown = setting.kind().hidden()
                ? (text.isEmpty() ? "not set" : "set")
                : USER_INFO.matcher(text).replaceAll("//***@");
        return new RouterConfig.Effective(setting.variable(), shown, source);
    }

    private <T> void add(Setting<T> setting) {
        values.put(setting.name(), value(setting, setting.byDefault()));
        if (setting.kind().hidden() && given.containsKey(setting.fileName())) {
            fromFile(setting);
        } else {
            Optional.ofNullable(given.get(setting.name()))
                    .ifPresent(found -> put(setting, found.text(), found.source()));
        }
    }

    private <T> void put(Setting<T> setting, String text, String source) {
        switch (setting.kind().read(text)) {
            case Reading.Accepted<T> accepted -> values.put(setting.name(), accepted.value());
            case Reading.Refused<T> refused -> {
                String shown =
                        refused.parts().stream().map(part -> "\"" + part + "\"").collect(Collectors.joining(", "));
                String what = setting.kind().hidden() ? "the value (not shown)" : shown;
                broken(
                        setting,
                        source + ": " + what + " is not allowed; allowed is "
                                + setting.kind().allowed());
            }
        }
    }

    private <T> void fromFile(Setting<T> setting) {
        Given file = Optional.ofNullable(given.get(setting.fileName())).orElseThrow();
        if (given.containsKey(setting.name())) {
            broken(setting, file.source() + ": " + named(setting) + " is given too; give one of the two");
            return;
        }
        try {
            String text =
                    Files.readString(workingDirectory.resolve(file.text())).stripTrailing();
            if (text.isEmpty()) {
                broken(setting, file.source() + ": the file \"" + file.text() + "\" is empty; it must hold the secret");
            } else {
                put(setting, text, file.source());
            }
        } catch (IOException | InvalidPathException e) {
            broken(
                    setting,
                    file.source() + ": \"" + file.text() + "\" cannot be read; give the path of a readable text file");
        }
    }

    private void readTokens(Path path) {
        String source = named(Settings.TOKENS_FILE);
        try {
            for (YamlFile.Entry entry : YamlFile.read(workingDirectory.resolve(path))) {
                String host = entry.key().toLowerCase(Locale.ROOT);
                boolean known = Kind.isHostName(host) && Kind.secret().read(entry.text()) instanceof Reading.Accepted;
                if (!known) {
                    broken(
                            Settings.TOKENS_FILE,
                            source + ": line " + entry.line()
                                    + " of the file is not allowed; allowed is \"host: token\"");
                } else if (tokens.put(host, Secret.of(entry.text())) != null) {
                    broken(Settings.TOKENS_FILE, source + ": the file has two tokens for \"" + host + "\"; give one");
                }
            }
        } catch (YamlFile.Unreadable e) {
            broken(Settings.TOKENS_FILE, source + ": " + e.getMessage());
        } catch (IOException e) {
            broken(
                    Settings.TOKENS_FILE,
                    source + ": \"" + path + "\" cannot be read; give a readable file of \"host: token\" lines");
        }
    }

    private void broken(Setting<?> setting, String problem) {
        broken.add(setting);
        problems.add(problem);
    }

    private static <T> T value(Setting<T> setting, String text) {
        return switch (setting.kind().read(text)) {
            case Reading.Accepted<T> accepted -> accepted.value();
            case Reading.Refused<T> refused ->
                throw new IllegalStateException("the default of " + setting.variable() + " is not allowed");
        };
    }
}
