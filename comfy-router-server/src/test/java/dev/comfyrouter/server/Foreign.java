package dev.comfyrouter.server;

import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.UUID;

/// Somebody else who uses a node, past the router.
final class Foreign {
    private Foreign() {}

    /// Submits a prompt that makes one small picture.
    ///
    /// @return its id
    static String submit(FakeComfyServer node, String clientId) throws IOException, InterruptedException {
        String id = UUID.randomUUID().toString();
        String body = """
                {"prompt_id":"%s","client_id":"%s","prompt":{
                  "1":{"class_type":"EmptyImage","inputs":{"width":64,"height":64,"batch_size":1,"color":7}},
                  "2":{"class_type":"PreviewImage","inputs":{"images":["1",0]}}}}""".formatted(id, clientId);
        try (HttpClient http = HttpClient.newHttpClient()) {
            int status = http.send(
                            HttpRequest.newBuilder(URI.create(node.url() + "/prompt"))
                                    .POST(BodyPublishers.ofString(body))
                                    .build(),
                            BodyHandlers.discarding())
                    .statusCode();
            if (status != 200) {
                throw new IOException("the node answered " + status);
            }
        }
        return id;
    }
}
