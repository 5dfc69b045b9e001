package dev.comfyrouter.server.node;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.Submission;
import dev.comfyrouter.workflows.Workflow;
import java.util.Optional;

/// Prompts for tests.
final class Submissions {
    private Submissions() {}

    static Submission onePicture(PromptId promptId, String clientId) {
        return new Submission(Workflow.parse("""
                {"1":{"class_type":"EmptyImage","inputs":{"width":64,"height":64,"batch_size":1,"color":7}},
                 "2":{"class_type":"PreviewImage","inputs":{"images":["1",0]}}}"""), promptId, clientId, Optional.empty());
    }
}
