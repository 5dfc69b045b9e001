package dev.comfyrouter.server.result;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.task.PictureWish;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.workflows.PictureHeader;
import dev.comfyrouter.workflows.PictureHeader.Format;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConverterTest {
    @TempDir
    private Path directory;

    private final Converter converter = new Converter();
    private ResultStore results;

    @BeforeEach
    void open() throws Exception {
        results = ResultStore.open(directory);
    }

    @AfterEach
    void close() {
        converter.close();
    }

    private Optional<byte[]> convert(byte[] file, String name, Format format, int quality) throws Exception {
        ResultFile kept = results.write(1, 1, 0, name, out -> out.write(file));
        return converter.convert(kept, results.path(1, kept), new PictureWish(format, quality));
    }

    @ParameterizedTest
    @EnumSource(names = {"JPEG", "WEBP"})
    void aPictureKeepsItsSizeAndItsColours(Format format) throws Exception {
        byte[] converted = convert(png(BufferedImage.TYPE_INT_RGB, Color.RED, Color.BLUE), "a.png", format, 90)
                .orElseThrow();

        PictureHeader header = PictureHeader.of(converted).orElseThrow();
        assertThat(header.format()).isEqualTo(format);
        assertThat(header.width()).isEqualTo(160);
        assertThat(header.height()).isEqualTo(90);
        BufferedImage read = read(converted);
        assertThat(distance(read.getRGB(2, 45), Color.RED)).isLessThan(40);
        assertThat(distance(read.getRGB(157, 45), Color.BLUE)).isLessThan(40);
    }

    @ParameterizedTest
    @EnumSource(names = {"JPEG", "WEBP"})
    void lessQualityMeansFewerBytes(Format format) throws Exception {
        byte[] picture = png(BufferedImage.TYPE_INT_RGB, Color.GREEN, Color.MAGENTA);

        assertThat(convert(picture, "a.png", format, 20).orElseThrow().length)
                .isLessThan(convert(picture, "a.png", format, 95).orElseThrow().length);
    }

    @Test
    void whatIsTransparentIsWhiteInJpegAndStaysTransparentInWebp() throws Exception {
        var nothing = new Color(0, 0, 0, 0);
        byte[] picture = png(BufferedImage.TYPE_INT_ARGB, nothing, nothing);

        int jpeg =
                read(convert(picture, "a.png", Format.JPEG, 90).orElseThrow()).getRGB(80, 45);
        int webp =
                read(convert(picture, "a.png", Format.WEBP, 90).orElseThrow()).getRGB(80, 45);

        assertThat(distance(jpeg, Color.WHITE)).isLessThan(10);
        assertThat(webp >>> 24).isZero();
    }

    @Test
    void whatIsRightAlreadyStaysAsItIs() throws Exception {
        byte[] picture = png(BufferedImage.TYPE_INT_RGB, Color.RED, Color.BLUE);

        assertThat(convert(picture, "a.png", Format.PNG, 90)).isEmpty();
        assertThat(convert("words".getBytes(StandardCharsets.UTF_8), "a.txt", Format.WEBP, 90))
                .isEmpty();
        assertThat(convert("<svg/>".getBytes(StandardCharsets.UTF_8), "a.svg", Format.WEBP, 90))
                .isEmpty();
    }

    @Test
    void aPictureThatIsBrokenStaysAsItIsAndTheNextOneIsConverted() throws Exception {
        byte[] picture = png(BufferedImage.TYPE_INT_RGB, Color.RED, Color.BLUE);
        byte[] broken = picture.clone();
        java.util.Arrays.fill(broken, 40, broken.length, (byte) 0);

        assertThat(convert(broken, "a.png", Format.WEBP, 90)).isEmpty();
        assertThat(convert(picture, "a.png", Format.WEBP, 90)).isPresent();
    }

    @Test
    void aPictureThatFormatCannotHoldStaysAsItIs() throws Exception {
        var wide = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(20_000, 1, BufferedImage.TYPE_INT_RGB), "png", wide);

        assertThat(convert(wide.toByteArray(), "a.png", Format.WEBP, 90)).isEmpty();
    }

    private BufferedImage read(byte[] picture) throws Exception {
        return Pictures.read(Files.write(directory.resolve("read"), picture), Integer.MAX_VALUE)
                .orElseThrow();
    }

    private static byte[] png(int type, Color left, Color right) throws Exception {
        var picture = new BufferedImage(160, 90, type);
        Graphics2D graphics = picture.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, left, 160, 0, right));
        graphics.fillRect(0, 0, 160, 90);
        graphics.dispose();
        var out = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", out);
        return out.toByteArray();
    }

    private static int distance(int rgb, Color colour) {
        var other = new Color(rgb);
        return Math.abs(other.getRed() - colour.getRed())
                + Math.abs(other.getGreen() - colour.getGreen())
                + Math.abs(other.getBlue() - colour.getBlue());
    }
}
