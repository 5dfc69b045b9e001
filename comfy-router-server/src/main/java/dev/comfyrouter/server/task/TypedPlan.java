package dev.comfyrouter.server.task;

import dev.comfyrouter.workflows.Flux;
import dev.comfyrouter.workflows.ImageUse;
import dev.comfyrouter.workflows.ModelUse;
import dev.comfyrouter.workflows.Recipe;
import dev.comfyrouter.workflows.Sd15;
import dev.comfyrouter.workflows.Sdxl;
import dev.comfyrouter.workflows.Workflow;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/// A typed request.
record TypedPlan(Recipe recipe) implements Plan {
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
        return switch (recipe) {
            case Sd15 sd15 -> sd15.prompt();
            case Sdxl sdxl -> sdxl.prompt();
            case Flux flux -> flux.prompt();
        };
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
    public Optional<PictureWish> pictures() {
        return Optional.of(new PictureWish(recipe.outputFormat(), recipe.quality()));
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
        return recipe.seedGiven() ? this : new TypedPlan(recipe.withDrawnSeed());
    }
}
