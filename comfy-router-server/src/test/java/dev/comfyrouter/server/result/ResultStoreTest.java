package dev.comfyrouter.server.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.server.task.ResultFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultStoreTest {
    @TempDir
    Path parent;

    private Path directory;
    private ResultStore results;

    @BeforeEach
    void open() throws IOException {
        directory = parent.resolve("data/results");
        results = ResultStore.open(directory);
    }

    private ResultFile write(long task, int attempt, int index, String name, String text) throws Exception {
        return results.write(task, attempt, index, name, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private Stream<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all
                    .filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .toList()
                    .stream();
        }
    }

    @Test
    void aFileIsKeptWithItsHashTypeAndName() throws Exception {
        ResultFile file = write(7, 2, 1, "note_00001_.TXT", "abc");

        assertThat(file)
                .isEqualTo(new ResultFile(
                        1,
                        "2-1.txt",
                        "note_00001_.TXT",
                        "text/plain; charset=utf-8",
                        3,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                        Optional.empty()));
        assertThat(results.path(7, file))
                .isEqualTo(directory.resolve("7/2-1.txt"))
                .hasContent("abc");
    }

    @Test
    void aPicturesSizeIsReadHoweverItsBytesCome() throws Exception {
        var png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(48, 32, BufferedImage.TYPE_INT_RGB), "png", png);

        ResultFile file = results.write(7, 1, 0, "a.bin", out -> {
            for (byte each : png.toByteArray()) {
                out.write(each);
            }
        });

        assertThat(file.size()).hasValue(new ResultFile.Size(48, 32));
        assertThat(file.contentType()).isEqualTo("image/png");
        assertThat(results.path(7, file)).hasBinaryContent(png.toByteArray());
    }

    @Test
    void theNodesNameChoosesNoPath() throws Exception {
        ResultFile file = write(7, 1, 0, "../../x./../y", "abc");

        assertThat(file.fileName()).isEqualTo("1-0.bin");
        assertThat(files()).containsExactly("7/1-0.bin");
    }

    @Test
    void aFileWrittenAgainHasNothingOfTheFormerOne() throws Exception {
        write(7, 1, 0, "a.txt", "a long text");

        assertThat(results.path(7, write(7, 1, 0, "a.txt", "abc"))).hasContent("abc");
    }

    @Test
    void whatTheSourceThrowsGoesThrough() {
        var gone = new IllegalStateException("the node is gone");

        assertThatThrownBy(() -> results.write(7, 1, 0, "a.txt", out -> {
                    throw gone;
                }))
                .isSameAs(gone);
    }

    @Test
    void anAttemptThatDoesNotCountLosesItsFilesAlone() throws Exception {
        write(7, 1, 0, "a.txt", "a");
        write(7, 11, 0, "a.txt", "b");
        write(8, 1, 0, "a.txt", "c");

        results.discard(7, 1);
        results.discard(99, 1);

        assertThat(files()).containsExactlyInAnyOrder("7/11-0.txt", "8/1-0.txt");
    }

    @Test
    void aTaskGoesWithItsDirectoryAndOneFileGoesAlone() throws Exception {
        write(7, 1, 0, "a.txt", "a");
        ResultFile first = write(8, 1, 0, "a.txt", "b");
        write(8, 1, 1, "a.txt", "c");

        results.discard(7);
        results.discard(7);
        results.discard(8, first);
        results.discard(8, first);

        assertThat(files()).containsExactly("8/1-1.txt");
        assertThat(directory.resolve("7")).doesNotExist();
    }

    @Test
    void aSweepTakesTheDirectoriesOfUnknownTasksAndNothingElse() throws Exception {
        write(7, 1, 0, "a.txt", "a");
        write(8, 1, 0, "a.txt", "b");
        Files.createDirectory(directory.resolve("lost+found"));

        ResultStore.open(directory).sweep(Set.of(8L));

        assertThat(files()).containsExactly("8/1-0.txt");
        assertThat(directory.resolve("7")).doesNotExist();
        assertThat(directory.resolve("lost+found")).exists();
    }
}
