package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.result.Pictures;
import dev.comfyrouter.server.task.PictureWish;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.workflows.PictureHeader.Format;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ThumbnailsTest extends AtTheDoor {
    private HttpResponse<byte[]> thumbnail(String name, byte[] file) throws Exception {
        Task task = door.run(door.submit());
        door.finish(task, name, file);
        return door.client.send(
                door.request("/workflow/" + task.id() + "/files/0/thumbnail").build(), BodyHandlers.ofByteArray());
    }

    @Test
    void aLargePictureIsMadeSmallInItsShape() throws Exception {
        HttpResponse<byte[]> answer = thumbnail("a.png", TestPictures.png(1024, 512));

        BufferedImage small = ImageIO.read(new ByteArrayInputStream(answer.body()));
        assertThat(small.getWidth()).isEqualTo(256);
        assertThat(small.getHeight()).isEqualTo(128);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("image/jpeg");
        assertThat(answer.headers().firstValue("ETag")).isPresent();
    }

    @Test
    void aSmallPictureKeepsItsSize() throws Exception {
        BufferedImage small = ImageIO.read(new ByteArrayInputStream(
                thumbnail("a.png", TestPictures.png(40, 20)).body()));

        assertThat(small.getWidth()).isEqualTo(40);
    }

    @Test
    void aWebpPictureHasOneToo() throws Exception {
        byte[] webp = Pictures.encode(
                new BufferedImage(512, 1024, BufferedImage.TYPE_INT_RGB), new PictureWish(Format.WEBP, 90));

        HttpResponse<byte[]> answer = thumbnail("a.webp", webp);

        assertThat(answer.headers().firstValue("Content-Type")).hasValue("image/jpeg");
        assertThat(ImageIO.read(new ByteArrayInputStream(answer.body())).getHeight())
                .isEqualTo(256);
    }

    @Test
    void aBrokenPictureLeadsToTheOriginal() throws Exception {
        byte[] broken = "\u0089PNG\r\n\u001a\nnothing".getBytes(StandardCharsets.ISO_8859_1);

        assertThat(thumbnail("a.png", broken).statusCode()).isEqualTo(302);
    }

    @Test
    void whatIsNoPictureHasNone() throws Exception {
        assertThat(thumbnail("a.txt", "text".getBytes(StandardCharsets.UTF_8)).statusCode())
                .isEqualTo(404);
    }
}
