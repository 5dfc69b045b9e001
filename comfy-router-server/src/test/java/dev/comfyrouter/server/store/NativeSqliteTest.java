package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("where the driver looks is the process's")
class NativeSqliteTest {
    private static final List<String> PROPERTIES = List.of("org.sqlite.lib.path", "org.sqlite.lib.name");

    @TempDir
    private Path directory;

    private final Map<String, @Nullable String> before = new HashMap<>();

    @BeforeEach
    void remember() {
        PROPERTIES.forEach(name -> before.put(name, System.getProperty(name)));
        forget();
    }

    private static void forget() {
        PROPERTIES.forEach(System::clearProperty);
    }

    @AfterEach
    void restore() {
        before.forEach((name, value) -> {
            if (value == null) {
                System.clearProperty(name);
            } else {
                System.setProperty(name, value);
            }
        });
    }

    private List<Path> unpacked() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("native"))) {
            return files.toList();
        }
    }

    @Test
    void theDriverIsToldOfALibraryThatIsUnpackedOnce() throws Exception {
        NativeSqlite.unpack(directory);

        Path library = Path.of(System.getProperty("org.sqlite.lib.path"), System.getProperty("org.sqlite.lib.name"));
        assertThat(unpacked()).containsExactly(library);
        assertThat(library).isNotEmptyFile();

        Files.writeString(library, "as it was");
        forget();
        NativeSqlite.unpack(directory);

        assertThat(library).hasContent("as it was");
        assertThat(System.getProperty("org.sqlite.lib.name"))
                .isEqualTo(library.getFileName().toString());
    }

    @Test
    void thoseOfFormerVersionsAndHalfWrittenOnesGo() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("native"));
        Files.writeString(folder.resolve("sqlite-3.1.0-Linux-x86_64-libsqlitejdbc.so"), "old");
        Files.writeString(folder.resolve("part"), "half");

        NativeSqlite.unpack(directory);

        assertThat(unpacked()).hasSize(1).noneMatch(file -> file.endsWith("part"));
    }

    @Test
    void whoHasSetThePropertyIsObeyed() {
        System.setProperty("org.sqlite.lib.path", "/opt/native");

        NativeSqlite.unpack(directory);

        assertThat(directory).isEmptyDirectory();
        assertThat(System.getProperty("org.sqlite.lib.path")).isEqualTo("/opt/native");
    }

    @Test
    void whereItCannotBeWrittenTheDriverHelpsItself() throws Exception {
        Files.writeString(directory.resolve("native"), "not a folder");

        NativeSqlite.unpack(directory);

        assertThat(System.getProperty("org.sqlite.lib.path")).isNull();
    }
}
