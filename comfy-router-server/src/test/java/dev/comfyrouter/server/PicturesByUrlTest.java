package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.RecordedRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Pictures that tasks name by URL: fetched by the router, uploaded to the node that runs the task.
class PicturesByUrlTest extends FilesByUrl {
    @Test
    void aPictureByUrlIsUploadedOnceToTheNodeThatRunsItsTasks() throws Exception {
        startRouter(Map.of(), own); // pictures need no shared folder
        web.file("/cat.png", png(96, 64));

        JsonNode first = run(img2img());
        JsonNode second = run(img2img());

        assertThat(List.of(first.path("status").asText(), second.path("status").asText()))
                .as(first.toString())
                .containsOnly("done");
        assertThat(own.requests("POST", "/upload/image")).hasSize(1);
        assertThat(web.asked("/cat.png")).hasSize(1);
        assertThat(first.at("/images/0/width").asInt()).isEqualTo(96);
    }

    @Test
    void aMaskAndThePictureOfAControlNetComeByUrlToo() throws Exception {
        startRouter(Map.of(), shared);
        web.file("/cat.png", png(96, 64))
                .file("/mask.png", picture("jpg", 96, 64))
                .file("/edges.png", png(48, 32))
                .file("/canny.safetensors", FileHost.model(7000, 4));

        JsonNode task = run("""
                {"type":"SD15","params":{"prompt":"a cat","checkpoint":"v1-5.safetensors","steps":2,"denoise":0.5,
                  "input_image":"%s","input_mask":{"type":"url","content":"%s"},
                  "controlnets":[{"model":"%s","image":"%s"}]}}""".formatted(
                        web.url("/cat.png?token=secret"),
                        web.url("/mask.png"),
                        web.url("/canny.safetensors"),
                        web.url("/edges.png")));

        assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
        assertThat(shared.requests("POST", "/upload/image")).hasSize(3);
        JsonNode graph = caller.get("/workflow/" + task.path("id").asText() + "/graph");
        assertThat(graph.findValuesAsText("image"))
                .filteredOn(name -> !name.isEmpty()) // the others are links to nodes
                .hasSize(3)
                .doesNotHaveDuplicates()
                .allSatisfy(name -> assertThat(name).matches("comfy-router/[0-9a-f]{64}\\.(png|jpg|jpeg)"));
        assertThat(graph.findValuesAsText("control_net_name"))
                .singleElement()
                .asString()
                .matches("canny-[0-9a-f]{8}\\.safetensors");
        assertThat(task.toString() + graph).doesNotContain("secret");
    }

    @Test
    void aPictureThatSeveralParametersNameIsFetchedAndUploadedOnce() throws Exception {
        startRouter(Map.of(), own);
        web.file("/cat.png", png(96, 64));
        String url = web.url("/cat.png").toString();

        JsonNode task = run(img2img().replace("\"denoise\"", "\"input_mask\":\"" + url + "\",\"denoise\""));

        assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
        assertThat(web.asked("/cat.png")).hasSize(1);
        List<RecordedRequest> uploads = own.requests("POST", "/upload/image");
        assertThat(uploads).hasSize(1);
    }
}
