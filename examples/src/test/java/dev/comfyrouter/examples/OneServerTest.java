package dev.comfyrouter.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.NodeInput;
import dev.comfyrouter.workflows.NodeOutput;
import dev.comfyrouter.workflows.NodeType;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the examples that need one ComfyUI.
class OneServerTest {
    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G'};

    @TempDir
    private Path folder;

    @Test
    void oneGpuSavesThePictureOfAGraph() throws Exception {
        try (var server = FakeComfyServer.start()) {
            OneGpu.main(new String[] {
                server.url().toString(),
                "graphs/text-to-image.json",
                folder.resolve("pictures").toString()
            });
        }

        assertThat(folder.resolve("pictures")).isDirectoryContaining("glob:**/lighthouse_*.png");
    }

    @Test
    void aTypedRecipeSavesAPictureOfTheSecondPass() throws Exception {
        Path file = folder.resolve("lighthouse.png");
        try (var server = FakeComfyServer.start()) {
            TypedRecipe.main(
                    new String[] {server.url().toString(), "sdxl-base.safetensors", "a lighthouse", file.toString()});
        }

        BufferedImage picture = ImageIO.read(file.toFile());
        assertThat(picture.getWidth()).isEqualTo(1536);
        assertThat(picture.getHeight()).isEqualTo(1152);
    }

    @Test
    void aTypedRecipeRunsNothingOnAServerThatLacksItsModels() throws Exception {
        Path file = folder.resolve("lighthouse.png");
        try (var server = FakeComfyServer.builder().noModels().start()) {
            TypedRecipe.main(
                    new String[] {server.url().toString(), "sdxl-base.safetensors", "a lighthouse", file.toString()});

            assertThat(server.startedExecutions()).isZero();
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void aCustomNodeTakesPartInAGraph() throws Exception {
        Path file = folder.resolve("film.png");
        try (var server = withFilmPack()) {
            CustomNode.main(new String[] {server.url().toString(), "v1-5.safetensors", file.toString()});
        }

        assertThat(Files.readAllBytes(file)).startsWith(PNG);
    }

    @Test
    void aGraphWithACustomNodeIsNotSentToAServerWithoutThePack() throws Exception {
        Path file = folder.resolve("film.png");
        try (var server = FakeComfyServer.start()) {
            CustomNode.main(new String[] {server.url().toString(), "v1-5.safetensors", file.toString()});

            assertThat(server.requests("POST", "/prompt")).isEmpty();
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void aBatchPaintsEachPictureOnceAndPassesOverWhatIsNone() throws Exception {
        Path photos = Files.createDirectories(folder.resolve("photos"));
        Path paintings = folder.resolve("paintings");
        photo(photos.resolve("a.png"));
        photo(photos.resolve("b.png"));
        Files.writeString(photos.resolve("notes.txt"), "no picture");
        try (var server = FakeComfyServer.start()) {
            String[] arguments = {
                server.url().toString(), "v1-5.safetensors", "an oil painting", photos.toString(), paintings.toString()
            };
            PictureBatch.main(arguments);
            PictureBatch.main(arguments);

            assertThat(server.startedExecutions()).isEqualTo(2);
        }
        try (Stream<Path> files = Files.list(paintings)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("a.png.png", "b.png.png");
        }
        assertThat(Files.readAllBytes(paintings.resolve("a.png.png"))).startsWith(PNG);
    }

    @Test
    void postcardsWriteTheirFile() throws Exception {
        Path file = folder.resolve("postcard.png");
        try (var server = FakeComfyServer.start()) {
            Postcards.main(new String[] {server.url().toString(), "greetings", file.toString()});
        }

        assertThat(Files.readAllBytes(file)).startsWith(PNG);
    }

    private static void photo(Path file) throws IOException {
        ImageIO.write(new BufferedImage(96, 64, BufferedImage.TYPE_INT_RGB), "png", file.toFile());
    }

    private static FakeComfyServer withFilmPack() {
        var stock = new NodeType(
                "LoadFilmStock",
                "Load film stock",
                "film",
                List.of(new NodeInput("stock", true, new InputType.Text(Optional.empty(), false))),
                List.of(new NodeOutput("FILM_STOCK", "FILM_STOCK")),
                false);
        var develop = new NodeType(
                "DevelopFilm",
                "Develop film",
                "film",
                List.of(
                        new NodeInput("image", true, new InputType.Wire("IMAGE")),
                        new NodeInput("film_stock", true, new InputType.Wire("FILM_STOCK")),
                        new NodeInput(
                                "grain",
                                true,
                                new InputType.Decimal(
                                        Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty()))),
                List.of(new NodeOutput("IMAGE", "IMAGE")),
                false);
        return FakeComfyServer.builder()
                .node(stock, call -> List.of(call.text("stock")))
                .node(develop, call -> List.of(call.linked("image").orElseThrow()))
                .start();
    }
}
