package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The start script, run in a distribution of its own with Javas that only say how they are called.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the start script is one for sh")
final class LauncherTest {
    private static final Path SCRIPT = Path.of("..", "comfy-router");

    @TempDir
    private Path temporary;

    private Path distribution;
    private Path script;
    private Path jar;

    private record Outcome(int exitCode, List<String> out, String err) {}

    @BeforeEach
    void unpack() throws IOException {
        distribution = Files.createDirectories(temporary.toRealPath().resolve("with a space/comfy-router-1.2.3"));
        Files.createDirectories(distribution.resolve("bin"));
        Files.createDirectories(distribution.resolve("lib"));
        script = Files.copy(SCRIPT, distribution.resolve("bin/comfy-router"), StandardCopyOption.COPY_ATTRIBUTES);
        jar = Files.writeString(distribution.resolve("lib/comfy-router-server-1.2.3.jar"), "");
        Files.writeString(distribution.resolve("lib/another-1.0.jar"), "");
    }

    @Test
    void theJavaOfJavaHomeRunsTheJarWithTheArgumentsAsTheyAre() throws Exception {
        Path java = java("jdk 25", "25.0.1");

        Outcome outcome = run(Map.of("JAVA_HOME", java.toString()), script, "--demo=3", "a b", "*", "");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.out().getFirst()).isEqualTo(java.resolve("bin/java").toString());
        assertThat(outcome.out())
                .endsWith("-jar", jar.toString(), "--demo=3", "a b", "*", "")
                .contains("-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED");
        assertThat(outcome.exitCode()).isEqualTo(17);
    }

    @ParameterizedTest
    @ValueSource(strings = {"11.0.2", "17.0.15", "24", "1.8.0_402"})
    void anOldJavaHomeIsPassedOverForANewerJavaInThePath(String version) throws Exception {
        Path old = java("old", version);
        Path found = java("new", "26-ea");

        Outcome outcome = run(
                Map.of("JAVA_HOME", old.toString(), "PATH", found.resolve("bin") + ":" + System.getenv("PATH")),
                script);

        assertThat(outcome.out().getFirst()).isEqualTo(found.resolve("bin/java").toString());
    }

    @Test
    void aJavaInThePathMayBeALink() throws Exception {
        Path found = java("new", "25");
        Path folder = Files.createDirectory(temporary.resolve("links"));
        Path alternative = Files.createSymbolicLink(folder.resolve("alternative"), found.resolve("bin/java"));
        Files.createSymbolicLink(folder.resolve("java"), alternative.getFileName());

        Outcome outcome = run(Map.of("PATH", folder + ":" + System.getenv("PATH")), script);

        assertThat(outcome.out().getFirst())
                .isEqualTo(found.toRealPath().resolve("bin/java").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {".sdkman/candidates/java/25-tem", ".jdks/temurin 25", ".asdf/installs/java/x"})
    void aJavaInOneOfTheUsualFoldersIsFound(String folder) throws Exception {
        Path home = Files.createDirectory(temporary.toRealPath().resolve("home"));
        Path found = java("home/" + folder, "25");
        Path old = java("old", "17.0.1");

        Outcome outcome = run(
                Map.of("HOME", home.toString(), "PATH", old.resolve("bin") + ":/usr/bin:/bin"), script, "--java-home");

        assertThat(outcome).isEqualTo(new Outcome(0, List.of(found.toString()), ""));
    }

    @Test
    void aJavaWithoutReleaseFileIsAskedForItsVersion() throws Exception {
        Path java = java("jdk", "25");
        Files.delete(java.resolve("release"));

        assertThat(run(Map.of("JAVA_HOME", java.toString()), script, "--java-home")
                        .out())
                .containsExactly(java.toString());
    }

    @Test
    void theScriptMayBeCalledThroughLinks() throws Exception {
        Path java = java("jdk", "25");
        Path folder = Files.createDirectory(temporary.resolve("my bin"));
        Path absolute = Files.createSymbolicLink(folder.resolve("absolute"), script);
        Path relative = Files.createSymbolicLink(folder.resolve("relative"), absolute.getFileName());

        Outcome outcome = run(Map.of("JAVA_HOME", java.toString()), relative);

        assertThat(outcome.out()).endsWith("-jar", jar.toString());
    }

    @Test
    void theStartCacheIsUsedOnceItIsMade() throws Exception {
        Map<String, String> environment = Map.of("JAVA_HOME", java("jdk", "25").toString());

        Outcome before = run(environment, script);
        Outcome making = run(environment, script, "--aot");
        Outcome after = run(environment, script);

        assertThat(before.out()).noneMatch(argument -> argument.startsWith("-XX:AOTCache"));
        assertThat(making.exitCode()).isZero();
        assertThat(after.out())
                .filteredOn(argument -> argument.startsWith("-XX:AOTCache="))
                .singleElement()
                .satisfies(argument -> assertThat(Path.of(argument.substring(argument.indexOf('=') + 1)))
                        .isRegularFile()
                        .hasParent(distribution.resolve("aot")));
    }

    @Test
    void theFirstStartMakesTheStartCacheForTheNextOnesBesideItself() throws Exception {
        Map<String, String> environment =
                Map.of("JAVA_HOME", java("jdk", "25").toString(), "COMFY_ROUTER_START_CACHE", "on");
        Path caches = Files.createDirectory(distribution.resolve("aot"));
        try (WatchService watch = caches.getFileSystem().newWatchService()) {
            caches.register(watch, StandardWatchEventKinds.ENTRY_DELETE); // the last that is done is to unlock

            Outcome first = run(environment, script);
            while (Files.exists(caches.resolve("making")) || isEmpty(caches)) {
                WatchKey changed = watch.poll(60, TimeUnit.SECONDS);
                assertThat(changed).as("something happens").isNotNull();
                changed.reset();
            }
            Outcome second = run(environment, script);

            assertThat(first.out()).noneMatch(argument -> argument.startsWith("-XX:AOTCache"));
            assertThat(second.out()).anyMatch(argument -> argument.startsWith("-XX:AOTCache="));
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    @Test
    void aStartCacheOfOtherJarsOrOfAnotherJavaIsNotUsed() throws Exception {
        Path java = java("jdk", "25");
        Path other = java("other", "25.0.1");
        run(Map.of("JAVA_HOME", java.toString()), script, "--aot");
        Outcome otherJava = run(Map.of("JAVA_HOME", other.toString()), script);
        Files.writeString(distribution.resolve("lib/comfy-cache-1.2.3.jar"), "changed");

        Outcome otherJars = run(Map.of("JAVA_HOME", java.toString()), script);

        assertThat(otherJava.out()).noneMatch(argument -> argument.startsWith("-XX:AOTCache"));
        assertThat(otherJars.out()).noneMatch(argument -> argument.startsWith("-XX:AOTCache"));
    }

    @Test
    void helpAndVersionNeedNoJava() throws Exception {
        Outcome help = run(Map.of("PATH", "/usr/bin:/bin"), script, "--help");
        Outcome version = run(Map.of("PATH", "/usr/bin:/bin"), script, "--version");

        assertThat(help.exitCode()).isZero();
        assertThat(help.out()).first().asString().startsWith("Usage: comfy-router ");
        assertThat(version).isEqualTo(new Outcome(0, List.of("comfy-router 1.2.3"), ""));
    }

    @Test
    void aDistributionWithoutItsJarIsNotStarted() throws Exception {
        Path java = java("jdk", "25");
        Files.delete(jar);

        Outcome outcome = run(Map.of("JAVA_HOME", java.toString()), script);

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("is missing; this is neither a checkout nor a whole distribution");
    }

    /// A folder like that of a JDK; its `java` shows its own path and its arguments, one a line, and ends with 17.
    private Path java(String name, String version) throws IOException {
        Path home = Files.createDirectories(temporary.toRealPath().resolve(name));
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        Path java = Files.writeString(home.resolve("bin/java"), """
                #!/bin/sh
                if [ "$1" = -version ]; then
                    echo 'openjdk version "%s" 2025-09-16' >&2
                    exit 0
                fi
                printf '%%s\\n' "$0" "$@"
                for argument in "$@"; do
                    case $argument in
                        -XX:AOTCacheOutput=*) echo learnt > "${argument#*=}" ;;
                    esac
                done
                exit 17
                """.formatted(version));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        return home;
    }

    private Outcome run(Map<String, String> environment, Path program, String... arguments) throws Exception {
        Path out = temporary.resolve("out");
        Path err = temporary.resolve("err");
        var command = new ArrayList<>(List.of("/bin/sh", program.toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(temporary.toFile());
        builder.environment().remove("JAVA_HOME");
        builder.environment().put("COMFY_ROUTER_START_CACHE", "off");
        builder.environment().putAll(environment);
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("the script ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Outcome(process.exitValue(), Files.readAllLines(out), Files.readString(err));
    }
}
