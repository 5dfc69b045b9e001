package dev.comfyrouter.server.task;

import dev.comfyrouter.workflows.GraphFiles;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Workflow;
import java.util.List;

/// What a task runs: able to name the files it needs and to emit the graph once these have names on a node.
public sealed interface Plan {
    List<ModelUse> models();

    List<ImageUse> images();

    Workflow workflow(Recipe.Files files);

    /// Whether an end without any file is a failure.
    boolean mustGiveFile();

    /// A typed request.
    record Typed(Recipe recipe) implements Plan {
        @Override
        public List<ModelUse> models() {
            return recipe.models();
        }

        @Override
        public List<ImageUse> images() {
            return recipe.images();
        }

        @Override
        public Workflow workflow(Recipe.Files files) {
            return recipe.workflow(files);
        }

        @Override
        public boolean mustGiveFile() {
            return true;
        }
    }
}
