package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;

/// The fields of an object, in the order in which they are described and written.
final class Shape {
    private final List<Field<?>> fields;

    Shape(List<Field<?>> fields) {
        this.fields = List.copyOf(fields);
    }

    private List<Field<?>> fields(RecipeType type) {
        return fields.stream().filter(field -> field.existsIn(type)).toList();
    }

    /// Reads what is there and reports everything else. `null` is the same as leaving a parameter out.
    Values read(JsonNode json, String pointer, Reading reading) {
        var given = new HashMap<Field<?>, Object>();
        var known = fields(reading.type());
        var names = known.stream().map(Field::name).toList();
        json.fieldNames().forEachRemaining(name -> {
            if (!names.contains(name))
                reading.problem(Problem.child(pointer, name), unknown(name, names, reading.type()));
        });
        for (var field : known) {
            var value = json.path(field.name());
            var at = Problem.child(pointer, field.name());
            if (value.isMissingNode() || value.isNull()) {
                if (field.isRequiredIn(reading.type())) reading.wrong(at, "is required");
            } else {
                field.kind(reading.type()).read(value, at, reading).ifPresent(found -> given.put(field, found));
            }
        }
        return new Values(reading.type(), given);
    }

    private String unknown(String name, List<String> names, RecipeType type) {
        return fields.stream()
                .filter(field -> field.name().equals(name))
                .findFirst()
                .map(field -> type.publicName() + " has no such parameter; it is one of "
                        + String.join(
                                ", ",
                                RecipeType.names().stream()
                                        .filter(other -> field.existsIn(RecipeType.named(other)))
                                        .toList()))
                .orElseGet(() -> "unknown" + Suggestion.among(names, name));
    }

    ObjectNode write(Values values, Kind.Form form) {
        var object = JsonNodeFactory.instance.objectNode();
        for (var field : fields(values.type())) write(field, values, form, object);
        return object;
    }

    private static <T> void write(Field<T> field, Values values, Kind.Form form, ObjectNode object) {
        values.find(field)
                .ifPresent(value ->
                        object.set(field.name(), field.kind(values.type()).write(value, form)));
    }

    ObjectNode schema(RecipeType type, SamplerLists lists) {
        var schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        var properties = schema.putObject("properties");
        var required = JsonNodeFactory.instance.arrayNode();
        for (var field : fields(type)) {
            properties.set(field.name(), field.schema(type, lists));
            if (field.isRequiredIn(type)) required.add(field.name());
        }
        if (!required.isEmpty()) schema.set("required", required);
        schema.put("additionalProperties", false);
        return schema;
    }

    /// Whether both hold the same values, defaults included.
    boolean same(Values one, Values two) {
        return one.type() == two.type()
                && fields(one.type()).stream().allMatch(field -> one.find(field).equals(two.find(field)));
    }

    int hash(Values values) {
        return fields(values.type()).stream().map(values::find).toList().hashCode();
    }
}
