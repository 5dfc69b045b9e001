package dev.comfyrouter.workflows;

import java.util.ArrayList;
import java.util.List;

/// The parameters of a request that passed every check.
record Request(Values values) {
    /// More would not be read by anybody.
    private static final int MOST_PROBLEMS = 200;

    /// @throws InvalidWorkflow with every problem
    static Request read(RecipeType type, String text, SamplerLists lists, Reading.Source source) {
        var json = Json.parse(text);
        if (!json.isObject())
            throw new InvalidWorkflow(
                    List.of(new Problem("", "the parameters are a JSON object in { }, not " + Reading.shown(json))));
        var reading = new Reading(type, lists, source);
        var values = Table.SHAPE.read(json, "", reading);
        var problems = new ArrayList<>(reading.problems());
        problems.addAll(Rules.problems(values, field -> json.hasNonNull(field.name())));
        if (problems.size() > MOST_PROBLEMS) {
            var rest = problems.subList(MOST_PROBLEMS, problems.size());
            var count = rest.size();
            rest.clear();
            problems.add(new Problem("", "and " + count + " more problems"));
        }
        if (!problems.isEmpty()) throw new InvalidWorkflow(problems);
        return new Request(modern(values));
    }

    /// What a program put together.
    ///
    /// @throws InvalidWorkflow with every problem
    static Request of(Values values) {
        var problems = Rules.problems(values, values::has);
        if (!problems.isEmpty()) throw new InvalidWorkflow(problems);
        return new Request(modern(values));
    }

    /// Old clients call the guidance of Flux dev `cfg_scale`.
    private static Values modern(Values values) {
        if (values.type() != RecipeType.FLUX || Rules.isSchnell(values)) return values;
        return values.given(Table.CFG_SCALE)
                .map(scale -> values.without(Table.CFG_SCALE).with(Table.GUIDANCE, scale))
                .orElse(values);
    }

    Recipe recipe() {
        return switch (values.type()) {
            case SD15 -> new Sd15(values);
            case SDXL -> new Sdxl(values);
            case FLUX -> new Flux(values);
        };
    }
}
