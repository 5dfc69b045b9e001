package dev.comfyrouter.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The page's types against the OpenAPI document: what the page relies on is what the router promises.
final class PageTypesTest {
    private static final Path TYPES = Path.of("../comfy-admin-ui/src/main/web/api.ts");
    private static final String DOCUMENT = "/dev/comfyrouter/server/http/openapi.yaml";
    private static final Pattern FIELD = Pattern.compile("^  (\\w+)(\\??):", Pattern.MULTILINE);

    @ParameterizedTest
    @CsvSource({
        "Accepted, Accepted",
        "ActivityEntry, ActivityEntry",
        "Bulk, BulkResult",
        "CacheFile, CacheFile",
        "CacheView, Cache",
        "CheckResult, NodeCheck",
        "ClusterNode, Node",
        "Device, Device",
        "Download, Download",
        "Lack, Lack",
        "Limits, Limits",
        "NodeDetail, NodeDetail",
        "Picture, File",
        "Session, Session",
        "Snapshot, State",
        "Task, TaskRow",
        "TaskDetail, Task",
        "TaskError, TaskError",
        "TaskPage, TaskPage"
    })
    void everyFieldThatThePageReadsIsDescribed(String type, String schema) throws Exception {
        Set<String> described = new TreeSet<>();
        Set<String> promised = new TreeSet<>();
        JsonNode document = document();
        collect(document, document.at("/components/schemas/" + schema), described, promised);
        Set<String> read = new TreeSet<>();
        Set<String> reliedOn = new TreeSet<>();
        Matcher field = FIELD.matcher(declaration(type));
        while (field.find()) {
            read.add(field.group(1));
            if (field.group(2).isEmpty()) {
                reliedOn.add(field.group(1));
            }
        }

        assertThat(read).isNotEmpty();
        assertThat(described).containsAll(read);
        assertThat(promised).containsAll(reliedOn);
    }

    private static void collect(JsonNode document, JsonNode schema, Set<String> described, Set<String> promised) {
        if (schema.has("$ref")) {
            collect(document, document.at(schema.path("$ref").asText().substring(1)), described, promised);
        }
        schema.path("allOf").forEach(part -> collect(document, part, described, promised));
        schema.path("properties").fieldNames().forEachRemaining(described::add);
        schema.path("required").forEach(name -> promised.add(name.asText()));
    }

    private static String declaration(String type) throws Exception {
        String types = Files.readString(TYPES);
        Matcher block = Pattern.compile(
                        "export interface " + type + "(?: extends \\w+)? \\{\\n(.*?)\\n\\}", Pattern.DOTALL)
                .matcher(types);
        assertThat(block.find()).as("api.ts declares " + type).isTrue();
        return block.group(1);
    }

    private static JsonNode document() throws Exception {
        try (InputStream yaml = PageTypesTest.class.getResourceAsStream(DOCUMENT)) {
            return new YAMLMapper().readTree(Objects.requireNonNull(yaml));
        }
    }
}
