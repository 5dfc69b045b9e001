package dev.comfyrouter.client;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;

/// One file on its way from a server to a stream.
final class Download {
    private static final int ERROR_HEAD = 1024;

    private final BaseUrl base;
    private final HttpLink http;
    private final OutputFile file;
    private final URI url;

    private Download(BaseUrl base, HttpLink http, OutputFile file, URI url) {
        this.base = base;
        this.http = http;
        this.file = file;
        this.url = url;
    }

    static Download of(BaseUrl base, HttpLink http, OutputFile file) {
        var query = new LinkedHashMap<String, String>();
        query.put("filename", file.filename());
        query.put("subfolder", file.subfolder());
        query.put("type", file.type());
        return new Download(base, http, file, base.resolve("/view", query));
    }

    long to(OutputStream out, long maxBytes) throws IOException, InterruptedException {
        return switch (http.getStreaming(url, response -> copy(response, out, maxBytes))) {
            case Copied.Whole(long length) -> length;
            case Copied.WriteFailed(IOException failure) -> throw failure;
            case Copied.TooLong() ->
                throw new ComfyException.TooLarge(
                        file.filename() + " on " + base + " is longer than the limit of " + maxBytes + " bytes");
        };
    }

    private Copied copy(HttpResponse<AnswerBody> response, OutputStream out, long maxBytes)
            throws IOException, InterruptedException {
        if (response.statusCode() != 200) {
            byte[] head = response.body().readHead(ERROR_HEAD);
            throw new Answer("/view of " + file.filename(), response.statusCode(), response.headers(), head)
                    .failure(base);
        }
        if (response.headers().firstValueAsLong("Content-Length").orElse(0) > maxBytes) {
            return new Copied.TooLong();
        }
        try {
            return new Copied.Whole(response.body().copyTo(out, maxBytes));
        } catch (AnswerBody.TooLong longer) {
            return new Copied.TooLong();
        } catch (AnswerBody.WriteFailed failed) {
            return new Copied.WriteFailed(failed.failure());
        }
    }

    /// How the copying ended, if the connection held.
    private sealed interface Copied {
        record Whole(long length) implements Copied {}

        record TooLong() implements Copied {}

        record WriteFailed(IOException failure) implements Copied {}
    }
}
