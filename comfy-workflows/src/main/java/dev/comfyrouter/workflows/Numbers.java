package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;

/// The kinds of numbers. A number as text is refused, but for the seed, which JavaScript cannot hold as a
/// number.
final class Numbers {
    static final BigInteger MAX_SEED = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    /// Enough for every setting of ComfyUI; whatever is beyond is the tail of a binary float.
    private static final int PLACES = 6;

    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private Numbers() {}

    /// The number without a binary float's tail: six decimal places, written as `7.0`, `0.35`.
    static BigDecimal tidy(BigDecimal number) {
        var rounded = number.setScale(PLACES, RoundingMode.HALF_UP).stripTrailingZeros();
        return rounded.scale() < 1 ? rounded.setScale(1, RoundingMode.UNNECESSARY) : rounded;
    }

    static BigDecimal tidy(double number) {
        if (!Double.isFinite(number)) throw new IllegalArgumentException("a number is finite, not " + number);
        return tidy(BigDecimal.valueOf(number));
    }

    /// Whether rounding it costs next to nothing; `1e999999999` would fill the memory with zeros.
    private static boolean ordinary(BigDecimal number) {
        return number.signum() == 0 || Math.abs((long) number.precision() - number.scale()) < 100;
    }

    record Whole(int min, int max, int multipleOf) implements Kind<Integer> {
        Whole(int min, int max) {
            this(min, max, 1);
        }

        @Override
        public Optional<Integer> read(JsonNode json, String pointer, Reading reading) {
            if (!json.isNumber() || !ordinary(json.decimalValue()) || !isWhole(json.decimalValue())) {
                reading.wrong(pointer, "is a whole number " + range() + ", not " + Reading.shown(json));
                return Optional.empty();
            }
            var number = json.decimalValue().toBigInteger();
            var value = number.bitLength() < 32 ? number.intValue() : number.signum() * Integer.MAX_VALUE;
            var problem = problem(value);
            problem.ifPresent(detail -> reading.wrong(pointer, detail));
            return problem.isEmpty() ? Optional.of(value) : Optional.empty();
        }

        private static boolean isWhole(BigDecimal number) {
            return number.stripTrailingZeros().scale() <= 0;
        }

        private String range() {
            return "from " + min + " to " + max + (multipleOf == 1 ? "" : ", a multiple of " + multipleOf);
        }

        @Override
        public JsonNode write(Integer value, Form form) {
            return MAKE.numberNode(value);
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            var schema =
                    MAKE.objectNode().put("type", "integer").put("minimum", min).put("maximum", max);
            if (multipleOf > 1) schema.put("multipleOf", multipleOf);
            return schema;
        }

        @Override
        public Optional<String> problem(Integer value) {
            if (value >= min && value <= max && value % multipleOf == 0) return Optional.empty();
            var nearest = Math.clamp(Math.round(value / (double) multipleOf) * multipleOf, min, max);
            return Optional.of("is " + value + "; allowed is a whole number " + range()
                    + (value >= min && value <= max ? ", such as " + nearest : ""));
        }
    }

    /// @param aboveMin whether the smallest value itself is excluded
    record Decimal(BigDecimal min, BigDecimal max, boolean aboveMin, String step) implements Kind<BigDecimal> {
        static Decimal between(String min, String max, String step) {
            return new Decimal(new BigDecimal(min), new BigDecimal(max), false, step);
        }

        static Decimal above(String min, String max, String step) {
            return new Decimal(new BigDecimal(min), new BigDecimal(max), true, step);
        }

        @Override
        public Optional<BigDecimal> read(JsonNode json, String pointer, Reading reading) {
            if (!json.isNumber()) {
                var quoted = json.isTextual() ? "; write it without quotes" : "";
                reading.wrong(pointer, "is a number " + range() + ", not " + Reading.shown(json) + quoted);
                return Optional.empty();
            }
            var given = json.decimalValue();
            if (!ordinary(given)) {
                reading.wrong(pointer, "is " + Reading.shown(json) + "; allowed is a number " + range());
                return Optional.empty();
            }
            var value = tidy(given);
            var problem = problem(value);
            problem.ifPresent(detail -> reading.wrong(pointer, detail));
            return problem.isEmpty() ? Optional.of(value) : Optional.empty();
        }

        private String range() {
            return (aboveMin ? "above " : "from ")
                    + min.toPlainString()
                    + (aboveMin ? " and at most " : " to ")
                    + max.toPlainString();
        }

        @Override
        public JsonNode write(BigDecimal value, Form form) {
            return DecimalNode.valueOf(value);
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            var schema = MAKE.objectNode().put("type", "number");
            schema.set(aboveMin ? "exclusiveMinimum" : "minimum", DecimalNode.valueOf(min));
            schema.set("maximum", DecimalNode.valueOf(max));
            return schema;
        }

        @Override
        public void hint(ObjectNode hints) {
            hints.set("step", DecimalNode.valueOf(new BigDecimal(step)));
        }

        @Override
        public Optional<String> problem(BigDecimal value) {
            var compared = value.compareTo(min);
            if (compared > 0 || (compared == 0 && !aboveMin)) if (value.compareTo(max) <= 0) return Optional.empty();
            return Optional.of("is " + value.toPlainString() + "; allowed is a number " + range());
        }

        BigDecimal checked(String name, double value) {
            if (!Double.isFinite(value))
                throw new IllegalArgumentException(name + " is a number " + range() + ", not " + value);
            return checked(name, tidy(value));
        }
    }

    /// 0 to 2⁶⁴−1, as a number or as text. Our own stored form marks a seed that nobody gave: `{"drawn": "…"}`.
    record Seed() implements Kind<Seed.Value> {
        /// @param drawn whether we drew it, because the request gave none
        record Value(BigInteger number, boolean drawn) {}

        @Override
        public Optional<Value> read(JsonNode json, String pointer, Reading reading) {
            if (reading.stored() && json.path("drawn").isTextual())
                return Optional.of(new Value(new BigInteger(json.path("drawn").textValue()), true));
            var number = number(json);
            if (number.isPresent() && inRange(number.get())) return Optional.of(new Value(number.get(), false));
            reading.wrong(
                    pointer,
                    "is a whole number from 0 to " + MAX_SEED + " (also as text, for JavaScript), not "
                            + Reading.shown(json));
            return Optional.empty();
        }

        private static Optional<BigInteger> number(JsonNode json) {
            if (json.isTextual() && json.textValue().matches("[0-9]{1,20}"))
                return Optional.of(new BigInteger(json.textValue()));
            if (json.isIntegralNumber()) return Optional.of(json.bigIntegerValue());
            if (json.isNumber() && ordinary(json.decimalValue()) && Whole.isWhole(json.decimalValue()))
                return Optional.of(json.decimalValue().toBigInteger());
            return Optional.empty();
        }

        private static boolean inRange(BigInteger number) {
            return number.signum() >= 0 && number.compareTo(MAX_SEED) <= 0;
        }

        @Override
        public JsonNode write(Value value, Form form) {
            return form == Form.STORED && value.drawn
                    ? MAKE.objectNode().put("drawn", value.number.toString())
                    : MAKE.numberNode(value.number);
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            var schema = MAKE.objectNode();
            var forms = schema.putArray("anyOf");
            forms.addObject().put("type", "integer").put("minimum", 0).put("maximum", MAX_SEED);
            forms.addObject().put("type", "string").put("pattern", "^[0-9]{1,20}$");
            return schema;
        }

        @Override
        public void hint(ObjectNode hints) {
            hints.put("widget", "seed");
        }

        @Override
        public Optional<String> problem(Value value) {
            return inRange(value.number)
                    ? Optional.empty()
                    : Optional.of("is " + value.number + "; allowed is 0 to " + MAX_SEED);
        }
    }
}
