package dev.comfyrouter.server.task;

import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.InvalidWorkflow;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.SamplerLists;
import dev.comfyrouter.workflows.Workflow;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/// What a task runs: able to name the files it needs and to emit the graph once these have names on a node.
public sealed interface Plan permits TypedPlan, GraphPlan {
    List<ModelUse> models();

    List<ImageUse> images();

    Workflow workflow(Recipe.Files files);

    /// The text that lists show.
    String title();

    Optional<BigInteger> seed();

    List<String> warnings();

    /// In which format its pictures are kept; empty: as the node wrote them.
    Optional<PictureWish> pictures();

    /// The request as it is kept until the task is dropped, from which [#restore] makes the plan again.
    String stored();

    /// The request as it is shown: URLs without what may be a token, pictures by their hash.
    String shown();

    /// The same with another seed, unless the caller had given one.
    Plan drawnAnew();

    /// Reads the parameters of a request.
    ///
    /// @param type `SD15`, `SDXL`, `Flux` or `Graph`
    /// @throws InvalidWorkflow with every mistake and its pointer into the parameters
    static Plan parse(String type, String params, SamplerLists lists) {
        return type.equals(TaskRequest.GRAPH)
                ? GraphPlan.parse(params)
                : new TypedPlan(Recipe.parse(type, params, lists));
    }

    /// Makes a plan again of what [#stored] wrote.
    static Plan restore(String type, String stored) {
        return type.equals(TaskRequest.GRAPH) ? GraphPlan.parse(stored) : new TypedPlan(Recipe.restore(type, stored));
    }
}
