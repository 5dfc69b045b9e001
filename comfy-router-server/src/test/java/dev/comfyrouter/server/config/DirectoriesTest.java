package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DirectoriesTest {
    @TempDir
    private Path temporary;

    private Path root;

    @BeforeEach
    void resolveLinks() throws IOException {
        root = temporary.toRealPath();
    }

    @Test
    void missingFoldersAreCreatedForEverybodyToRead() throws IOException {
        Directories.prepare(config(Map.of("DATA_DIR", "a/b/data")));

        for (String created : List.of("a", "a/b", "a/b/data", "cache", "comfy", "records")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(created))))
                    .as(created)
                    .isEqualTo("rwxr-xr-x");
        }
    }

    @Test
    void nothingIsLeftInAFolderThatWasChecked() throws IOException {
        Directories.prepare(config(Map.of()));

        try (var files = Files.list(root.resolve("data"))) {
            assertThat(files).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxr-x", "rwxr-xrwx", "rwxrwxrwx"})
    void cacheAndDataInWhichOthersMayWriteAreRefused(String permissions) throws IOException {
        existing("data", permissions);
        existing("cache", permissions);

        assertThat(problems(config(Map.of())))
                .containsExactly(
                        "COMFY_ROUTER__DATA_DIR: \"" + root.resolve("data")
                                + "\" cannot be used: its group or others may"
                                + " write to it; take that right away: chmod go-w " + root.resolve("data"),
                        "COMFY_ROUTER__DOWNLOAD__CACHE_DIR: \"" + root.resolve("cache")
                                + "\" cannot be used: its group or"
                                + " others may write to it; take that right away: chmod go-w " + root.resolve("cache"));
    }

    @Test
    void comfyUisFolderMayBeSharedWithOthers() throws IOException {
        existing("comfy", "rwxrwxrwx");

        Directories.prepare(config(Map.of()));

        assertThat(root.resolve("comfy")).isDirectory();
    }

    @Test
    void foldersOfAnotherUserAreRefused() throws IOException {
        assumeTrue(isRoot(), "only the superuser can make a folder of another user");
        chown(existing("data", "rwxr-xr-x"));
        chown(existing("cache", "rwxr-xr-x"));
        chown(existing("comfy", "rwxr-xr-x"));

        assertThat(problems(config(Map.of())))
                .hasSize(2)
                .allMatch(problem -> problem.contains("cannot be used: it belongs to the user \""));
    }

    @Test
    void aLinkOfAnotherUserIsRefusedThoughItsTargetIsOurs() throws IOException {
        assumeTrue(isRoot(), "only the superuser can make a link of another user");
        existing("target", "rwxr-xr-x");
        Path link = Files.createSymbolicLink(root.resolve("data"), root.resolve("target"));
        Files.setAttribute(link, "unix:uid", 12345, LinkOption.NOFOLLOW_LINKS);

        assertThat(problems(config(Map.of()))).hasSize(1);
    }

    @Test
    void aFileInThePlaceOfAFolderIsRefused() throws IOException {
        Files.writeString(root.resolve("data"), "");
        Files.writeString(root.resolve("comfy"), "");

        assertThat(problems(config(Map.of())))
                .hasSize(2)
                .allMatch(problem -> problem.contains("cannot be used: it cannot be created or written to"));
    }

    @Test
    void aRecordThatIsAFolderOrThatOthersMayWriteIsRefused() throws IOException {
        existing("records", "rwxr-xr-x");
        Path journal = Files.writeString(root.resolve("records/record.json.log"), "");
        Files.setPosixFilePermissions(journal, PosixFilePermissions.fromString("rw-rw-rw-"));

        assertThat(problems(config(Map.of())))
                .containsExactly("COMFY_ROUTER__DOWNLOAD__RECORD_PATH: \"" + journal
                        + "\" cannot be used: its group or others may write to it; take that right away: chmod go-w "
                        + journal);
        assertThat(problems(config(Map.of("DOWNLOAD__RECORD_PATH", "records"))))
                .containsExactly("COMFY_ROUTER__DOWNLOAD__RECORD_PATH: \"" + root.resolve("records")
                        + "\" cannot be used: it is a folder; give the path of a file");
    }

    @Test
    void foldersUnderTmpAreWarnedAbout() {
        assumeTrue(root.startsWith("/tmp"), "the folder of this test lies elsewhere");

        assertThat(Directories.prepare(config(Map.of())))
                .singleElement()
                .asString()
                .endsWith(": %1$s/data (COMFY_ROUTER__DATA_DIR), %1$s/cache (COMFY_ROUTER__DOWNLOAD__CACHE_DIR),"
                                .formatted(root)
                        + " %1$s/comfy (COMFY_ROUTER__DOWNLOAD__ROOT_DIR), %1$s/records".formatted(root)
                        + " (COMFY_ROUTER__DOWNLOAD__RECORD_PATH)");
    }

    @Test
    void foldersInMemoryAreWarnedAbout() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(
                Files.isWritable(memory) && Files.getFileStore(memory).type().equals("tmpfs"),
                "no memory file system at " + memory);
        Path data = Files.createTempDirectory(memory, "comfy-router");
        try {
            assertThat(Directories.prepare(config(Map.of("DATA_DIR", data.toString()))))
                    .contains("in memory, lost at a restart of the machine: " + data + " (COMFY_ROUTER__DATA_DIR)");
        } finally {
            Files.delete(data);
        }
    }

    private RouterConfig config(Map<String, String> changes) {
        var environment = new HashMap<>(Map.of(
                "COMFY_ROUTER__DOWNLOAD__CACHE_DIR", "cache",
                "COMFY_ROUTER__DOWNLOAD__ROOT_DIR", "comfy",
                "COMFY_ROUTER__DOWNLOAD__RECORD_PATH", "records/record.json"));
        changes.forEach((name, value) -> environment.put("COMFY_ROUTER__" + name, value));
        return RouterConfig.load(environment, root);
    }

    private static List<String> problems(RouterConfig config) {
        return catchThrowableOfType(InvalidConfig.class, () -> Directories.prepare(config))
                .problems();
    }

    private Path existing(String name, String permissions) throws IOException {
        Path directory = Files.createDirectory(root.resolve(name));
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
    }

    private static void chown(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", 12345);
    }

    private boolean isRoot() throws IOException {
        return Files.getAttribute(root, "unix:uid").equals(0);
    }
}
