package dev.comfyrouter.server.task;

import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Workflow;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/// What a task runs: able to name the files it needs and to emit the graph once these have names on a node.
public sealed interface Plan {
    List<ModelUse> models();

    List<ImageUse> images();

    Workflow workflow(Recipe.Files files);

    /// The text that lists show.
    String title();

    Optional<BigInteger> seed();

    List<String> warnings();

    /// The request as it is kept while the task lives, from which [#restore] makes the plan again.
    String stored();

    /// The request as it is shown: URLs without what may be a token, pictures by their hash.
    String shown();

    /// The same with another seed, unless the caller had given one.
    Plan drawnAnew();

    static Plan restore(String type, String stored) {
        return new Typed(Recipe.restore(type, stored));
    }

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
        public String title() {
            return recipe.prompt();
        }

        @Override
        public Optional<BigInteger> seed() {
            return Optional.of(recipe.seed());
        }

        @Override
        public List<String> warnings() {
            return recipe.warnings();
        }

        @Override
        public String stored() {
            return recipe.storedJson();
        }

        @Override
        public String shown() {
            return recipe.paramsJson();
        }

        @Override
        public Plan drawnAnew() {
            return recipe.seedGiven() ? this : new Typed(recipe.withSeed(BigInteger.ZERO));
        }
    }
}
