package dev.comfyrouter.cache;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Percent-encoding as URLs and `filename*` use it.
final class Escapes {

    private Escapes() {}

    static String decode(String text) {
        return decode(text, StandardCharsets.UTF_8);
    }

    /// Bytes that are not valid in the charset, and broken escapes, leave the text as it is.
    static String decode(String text, Charset charset) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        var bytes = new ByteArrayOutputStream(text.length());
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '%' && i + 2 < text.length() && isHex(text.charAt(i + 1)) && isHex(text.charAt(i + 2))) {
                bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
                i += 2;
            } else {
                bytes.writeBytes(String.valueOf(c).getBytes(charset));
            }
        }
        try {
            return charset.newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return text; // not in this charset: the escapes themselves are a safe name
        }
    }

    static String encodeNonAscii(String text) {
        if (text.chars().allMatch(c -> c < 128)) {
            return text;
        }
        var out = new StringBuilder();
        text.codePoints().forEach(point -> {
            if (point < 128) {
                out.appendCodePoint(point);
            } else {
                for (var b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
                    out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
                }
            }
        });
        return out.toString();
    }

    private static boolean isHex(char c) {
        return HexFormat.isHexDigit(c);
    }
}
