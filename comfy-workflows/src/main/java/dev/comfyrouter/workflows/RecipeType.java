package dev.comfyrouter.workflows;

import java.util.Arrays;
import java.util.List;

/// The families of models for which there is a recipe.
enum RecipeType {
    SD15("SD15"),
    SDXL("SDXL"),
    FLUX("Flux");

    private final String publicName;

    RecipeType(String publicName) {
        this.publicName = publicName;
    }

    /// The name in requests.
    String publicName() {
        return publicName;
    }

    static List<String> names() {
        return Arrays.stream(values()).map(RecipeType::publicName).toList();
    }

    /// @throws InvalidWorkflow when there is no such recipe
    static RecipeType named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.publicName.equals(name))
                .findFirst()
                .orElseThrow(() -> new InvalidWorkflow(List.of(new Problem(
                        "",
                        "there is no recipe \"" + Reading.shortened(name) + "\"; there is "
                                + String.join(", ", names())))));
    }
}
