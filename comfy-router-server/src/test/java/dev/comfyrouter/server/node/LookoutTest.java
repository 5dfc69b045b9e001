package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LookoutTest {
    @TempDir
    private Path directory;

    private Path checkpoints;
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private int shown;

    @BeforeEach
    void makeFolder() throws IOException {
        checkpoints = Files.createDirectories(directory.resolve("checkpoints"));
    }

    @Test
    void aNodeThatListsTheFileWithItsSizeSharesTheFolder() throws Exception {
        try (FakeComfyServer node =
                        FakeComfyServer.builder().modelsDirectory(directory).start();
                ComfyClient client = ComfyClient.builder(node.url()).build()) {
            Lookout lookout = new Lookout(() -> show(5), () -> now);
            lookout.begin();

            assertThat(lookout.look(client, Sight.UNKNOWN)).isEqualTo(Sight.SHARED);
            assertThat(lookout.look(client, Sight.SHARED)).isEqualTo(Sight.SHARED);

            assertThat(shown).as("looked for once").isEqualTo(1);
            assertThat(checkpoints).isEmptyDirectory();
        }
    }

    @Test
    void aFileOfAnotherSizeIsAnotherFile() throws Exception {
        try (FakeComfyServer node =
                        FakeComfyServer.builder().modelsDirectory(directory).start();
                ComfyClient client = ComfyClient.builder(node.url()).build()) {
            Lookout lookout = new Lookout(() -> show(6), () -> now);
            lookout.begin();

            assertThat(lookout.look(client, Sight.UNKNOWN)).isEqualTo(Sight.UNKNOWN);
        }
    }

    @Test
    void aNodeHasItsOwnFolderWhenTheFileIsAbsentThreeTimesAndIsAskedAgainAfterAMinute() throws Exception {
        try (FakeComfyServer node = FakeComfyServer.start();
                ComfyClient client = ComfyClient.builder(node.url()).build()) {
            Lookout lookout = new Lookout(() -> show(5), () -> now);
            lookout.begin();

            assertThat(lookout.look(client, Sight.SHARED)).isEqualTo(Sight.UNKNOWN);
            assertThat(lookout.look(client, Sight.UNKNOWN)).isEqualTo(Sight.UNKNOWN);
            assertThat(checkpoints).as("one file for all looks").isNotEmptyDirectory();
            assertThat(lookout.look(client, Sight.UNKNOWN)).isEqualTo(Sight.OWN);
            assertThat(checkpoints).isEmptyDirectory();
            now = now.plus(Duration.ofSeconds(59));
            assertThat(lookout.look(client, Sight.OWN)).isEqualTo(Sight.OWN);
            assertThat(shown).isEqualTo(1);
            now = now.plus(Duration.ofSeconds(1));
            assertThat(lookout.look(client, Sight.OWN)).isEqualTo(Sight.OWN);
            assertThat(shown).isEqualTo(2);
            assertThat(checkpoints).isEmptyDirectory();
        }
    }

    @Test
    void whereNoFileCanBeShownNothingIsKnown() throws Exception {
        try (FakeComfyServer node = FakeComfyServer.start();
                ComfyClient client = ComfyClient.builder(node.url()).build()) {
            Lookout lookout = new Lookout(Beacon.NONE, () -> now);
            lookout.begin();

            assertThat(lookout.look(client, Sight.SHARED)).isEqualTo(Sight.UNKNOWN);
        }
    }

    private Optional<Beacon.Light> show(long size) {
        shown++;
        try {
            Path file = Files.writeString(checkpoints.resolve("probe-" + shown + ".safetensors"), "12345");
            return Optional.of(
                    new Beacon.Light("checkpoints", file.getFileName().toString(), size, () -> remove(file)));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void remove(Path file) {
        try {
            Files.delete(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
