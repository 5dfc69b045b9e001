package dev.comfyrouter.client;

import dev.comfyrouter.workflows.Workflow;
import java.util.Optional;

/// Graphs to submit; the servers of these tests do not look at them.
final class Graphs {
    private Graphs() {}

    static Workflow small() {
        return Workflow.parse("""
                {"1":{"class_type":"EmptyImage","inputs":{"width":64,"height":64,"batch_size":1,"color":0},"_meta":{"title":"Grau"}},
                 "2":{"class_type":"PreviewImage","inputs":{"images":["1",0]}}}""");
    }

    static Submission submission(PromptId promptId) {
        return new Submission(small(), promptId, "client-1", Optional.of(PreviewMethod.AUTO));
    }
}
