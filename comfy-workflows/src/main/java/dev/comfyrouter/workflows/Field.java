package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// One named parameter: for which recipes it exists, and what it may be and is by default in each.
///
/// Two fields are the same only when they are one object.
final class Field<T> {
    private final String name;
    private final String description;
    private final String group;
    private final Map<RecipeType, Column<T>> columns = new EnumMap<>(RecipeType.class);
    private final Set<RecipeType> required = EnumSet.noneOf(RecipeType.class);

    /// @param standard the value of a request that does not give it
    /// @param usual what it mostly comes to when that depends on other parameters; only described
    private record Column<T>(Kind<T> kind, Optional<T> standard, Optional<T> usual) {}

    private Field(String name, String group, String description) {
        this.name = name;
        this.group = group;
        this.description = description;
    }

    /// @param group where a form shows it: `text`, `model`, `size`, `sampling`, `image`, `extra`, `output`
    static <T> Field<T> field(String name, String group, String description) {
        return new Field<>(name, group, description);
    }

    /// A member of a nested object.
    static <T> Field<T> member(String name, Kind<T> kind, String description) {
        return new Field<T>(name, "", description).everywhere(kind);
    }

    Field<T> required() {
        return required(RecipeType.values());
    }

    Field<T> required(RecipeType... types) {
        required.addAll(List.of(types));
        return this;
    }

    Field<T> in(RecipeType type, Kind<T> kind) {
        columns.put(type, new Column<>(kind, Optional.empty(), Optional.empty()));
        return this;
    }

    Field<T> in(RecipeType type, Kind<T> kind, T standard) {
        columns.put(type, new Column<>(kind, Optional.of(standard), Optional.empty()));
        return this;
    }

    Field<T> usually(RecipeType type, Kind<T> kind, T usual) {
        columns.put(type, new Column<>(kind, Optional.empty(), Optional.of(usual)));
        return this;
    }

    Field<T> everywhere(Kind<T> kind) {
        for (var type : RecipeType.values()) in(type, kind);
        return this;
    }

    Field<T> everywhere(Kind<T> kind, T standard) {
        for (var type : RecipeType.values()) in(type, kind, standard);
        return this;
    }

    Field<T> everywhereUsually(Kind<T> kind, T usual) {
        for (var type : RecipeType.values()) usually(type, kind, usual);
        return this;
    }

    String name() {
        return name;
    }

    boolean isRequiredIn(RecipeType type) {
        return required.contains(type);
    }

    boolean existsIn(RecipeType type) {
        return columns.containsKey(type);
    }

    Kind<T> kind(RecipeType type) {
        return column(type).kind;
    }

    Optional<T> standard(RecipeType type) {
        return column(type).standard;
    }

    private Column<T> column(RecipeType type) {
        return Optional.ofNullable(columns.get(type))
                .orElseThrow(() -> new IllegalStateException(type.publicName() + " has no parameter " + name));
    }

    ObjectNode schema(RecipeType type, SamplerLists lists) {
        var column = column(type);
        var schema = column.kind.schema(lists);
        schema.put("description", description);
        column.standard
                .or(() -> column.usual)
                .ifPresent(value -> schema.set("default", column.kind.write(value, Kind.Form.PUBLIC)));
        var hints = schema.putObject("x-ui");
        if (!group.isEmpty()) hints.put("group", group);
        column.kind.hint(hints);
        if (hints.isEmpty()) schema.remove("x-ui");
        return schema;
    }

    @Override
    public String toString() {
        return name;
    }
}
