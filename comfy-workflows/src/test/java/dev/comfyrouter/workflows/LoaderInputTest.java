package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoaderInputTest {

    @Test
    void knownLoadersShowTheirFilesWhereverTheyStand() {
        var graph = Workflow.parse("""
                {"a/1":{"class_type":"LoraLoaderModelOnly","inputs":{"lora_name":"https://models.example/a.safetensors?t=1","strength_model":1}},
                 "2":{"class_type":"LoadImage","inputs":{"image":"photo.png [input]"}},
                 "3":{"class_type":"DualCLIPLoader","inputs":{"clip_name1":"a","clip_name2":["9",0],"type":"flux"}},
                 "4":{"class_type":"CustomLoader","inputs":{"lora_name":"x"}}}""");

        var inputs = graph.loaderInputs();

        assertThat(inputs)
                .extracting(LoaderInput::pointer)
                .containsExactly("/a~11/inputs/lora_name", "/2/inputs/image", "/3/inputs/clip_name1");
        assertThat(inputs)
                .extracting(LoaderInput::folder)
                .containsExactly(
                        Optional.of(ModelFolder.LORAS), Optional.empty(), Optional.of(ModelFolder.TEXT_ENCODERS));
        assertThat(inputs.getFirst().url()).hasValue(URI.create("https://models.example/a.safetensors?t=1"));
        assertThat(inputs).allSatisfy(input -> assertThat(input.problem()).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "a.safetensors, true", "sub/a.safetensors, true", "sub\\a.safetensors, true", "../a, false", "..\\a, false",
        "/etc/passwd, false", "C:\\a, false", "ftp://a.example/b, false", "https://a.example/b, true",
                "https://a b/, false"
    })
    void namesThatLeaveTheirFolderAndUrlsThatAreNoneAreFound(String value, boolean good) {
        var input = new LoaderInput("1", "lora_name", value, Optional.of(ModelFolder.LORAS));

        assertThat(input.problem().isEmpty()).isEqualTo(good);
        input.problem().ifPresent(problem -> assertThat(problem.pointer()).isEqualTo("/1/inputs/lora_name"));
    }
}
