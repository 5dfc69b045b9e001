package dev.comfyrouter.server.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentTypesTest {
    /// `\x` stands for the byte with that number.
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            \\137PNG\\13\\10            | a.png    | image/png
            \\137PNG\\13\\10            | a.txt    | image/png
            \\255\\216\\255\\224        | a.jpg    | image/jpeg
            RIFF....WEBPVP8             | a.webp   | image/webp
            RIFF....WAVEfmt             | a.wav    | audio/wav
            RIFF....AVI LIST            | a.avi    | application/octet-stream
            GIF89a                      | a.gif    | image/gif
            ....ftypisom                | a.mp4    | video/mp4
            ....ftypqt  ....            | a.mov    | video/quicktime
            ....ftypM4A ....            | a.m4a    | audio/mp4
            ....ftypavif                | a.avif   | image/avif
            \\26E\\223\\163             | a.webm   | video/webm
            \\26E\\223\\163             | a.mkv    | video/x-matroska
            fLaC                        | a.flac   | audio/flac
            OggS                        | a.opus   | audio/ogg
            ID3                         | a.mp3    | audio/mpeg
            \\255\\251                  | a.mp3    | audio/mpeg
            glTF                        | a.glb    | model/gltf-binary
            # Blender                   | a.obj    | model/obj
            solid x                     | a.stl    | model/stl
            {                           | a.json   | application/json
            words                       | a.txt    | text/plain; charset=utf-8
            words                       | a.TXT    | text/plain; charset=utf-8
            <svg onload='x()'/>         | a.svg    | image/svg+xml
            <script>x()</script>        | a.html   | text/html; charset=utf-8
            <script>x()</script>        | a.png    | application/octet-stream
            <script>x()</script>        | a.avif   | application/octet-stream
            words                       | a        | application/octet-stream
            words                       | a.exe    | application/octet-stream
            """)
    void theBytesSayWhatAFileIsAndItsNameOnlyWhereTheyDoNot(String head, String name, String type) {
        assertThat(ContentTypes.of(bytes(head), name)).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({
        "a.png, .png",
        "a.b.PNG, .png",
        "a, .bin",
        "a., .bin",
        "'a.p/g', .bin",
        "a.verylongextension, .bin",
        "'a.p g', .bin",
    })
    void anExtensionIsHarmless(String name, String extension) {
        assertThat(ContentTypes.extension(name)).isEqualTo(extension);
    }

    private static byte[] bytes(String text) {
        var bytes = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                int end = i + 1;
                while (end < text.length() && Character.isDigit(text.charAt(end))) {
                    end++;
                }
                bytes.append((char) Integer.parseInt(text.substring(i + 1, end)));
                i = end - 1;
            } else {
                bytes.append(text.charAt(i));
            }
        }
        return bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
