package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Python's conversions and spellings, which ComfyUI's answers show.
final class Python {

    /// A conversion that Python refuses, with Python's words.
    static final class ConversionError extends Exception {
        private static final long serialVersionUID = 1;

        ConversionError(String message) {
            super(message);
        }

        String text() {
            return String.valueOf(getMessage());
        }
    }

    private Python() {}

    /// `int(value)`
    static JsonNode toInt(JsonNode value) throws ConversionError {
        if (value.isBoolean()) {
            return BigIntegerNode.valueOf(value.asBoolean() ? BigInteger.ONE : BigInteger.ZERO);
        }
        if (value.isDouble() || value.isFloat()) {
            if (Double.isNaN(value.doubleValue())) {
                throw new ConversionError("cannot convert float NaN to integer");
            }
            if (Double.isInfinite(value.doubleValue())) {
                throw new ConversionError("cannot convert float infinity to integer");
            }
        }
        if (value.isNumber()) {
            return value.isIntegralNumber()
                    ? value
                    : BigIntegerNode.valueOf(value.decimalValue().toBigInteger());
        }
        if (value.isTextual()) {
            String text = value.asText().strip().replace("_", "");
            if (!text.matches("[+-]?\\d+")) {
                throw new ConversionError("invalid literal for int() with base 10: " + repr(value));
            }
            return BigIntegerNode.valueOf(new BigInteger(text));
        }
        throw new ConversionError(
                "int() argument must be a string, a bytes-like object or a real number, not '" + typeName(value) + "'");
    }

    /// `float(value)`
    static JsonNode toFloat(JsonNode value) throws ConversionError {
        if (value.isBoolean()) {
            return DecimalNode.valueOf(new BigDecimal(value.asBoolean() ? "1.0" : "0.0"));
        }
        if (value.isDouble() || value.isFloat()) {
            return value;
        }
        if (value.isNumber()) {
            return asFloat(value.decimalValue());
        }
        if (value.isTextual()) {
            String text = value.asText().strip().replace("_", "").toLowerCase(Locale.ROOT);
            return switch (text) {
                case "nan", "+nan", "-nan" -> DoubleNode.valueOf(Double.NaN);
                case "inf", "+inf", "infinity", "+infinity" -> DoubleNode.valueOf(Double.POSITIVE_INFINITY);
                case "-inf", "-infinity" -> DoubleNode.valueOf(Double.NEGATIVE_INFINITY);
                default -> {
                    if (!text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d{1,3})?")) {
                        throw new ConversionError("could not convert string to float: " + repr(value));
                    }
                    yield asFloat(new BigDecimal(text));
                }
            };
        }
        throw new ConversionError("float() argument must be a string or a real number, not '" + typeName(value) + "'");
    }

    /// `str(value)`
    static JsonNode toStr(JsonNode value) {
        return value.isTextual() ? value : TextNode.valueOf(repr(value));
    }

    /// `bool(value)`: the text "false" is true.
    static JsonNode toBool(JsonNode value) {
        boolean truth = switch (value.getNodeType()) {
            case BOOLEAN -> value.asBoolean();
            case NUMBER -> value.doubleValue() != 0;
            case STRING -> !value.asText().isEmpty();
            case ARRAY, OBJECT -> !value.isEmpty();
            case NULL, MISSING, BINARY, POJO -> false;
        };
        return BooleanNode.valueOf(truth);
    }

    /// `repr(value)`
    static String repr(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> repr(value.asText());
            case BOOLEAN -> value.asBoolean() ? "True" : "False";
            case NULL, MISSING -> "None";
            case ARRAY -> {
                List<String> items = new ArrayList<>();
                value.forEach(item -> items.add(repr(item)));
                yield "[" + String.join(", ", items) + "]";
            }
            case OBJECT -> {
                List<String> items = new ArrayList<>();
                value.properties().forEach(item -> items.add(repr(item.getKey()) + ": " + repr(item.getValue())));
                yield "{" + String.join(", ", items) + "}";
            }
            case NUMBER -> number(value);
            case BINARY, POJO -> value.toString();
        };
    }

    static String repr(String text) {
        String quote = text.contains("'") && !text.contains("\"") ? "\"" : "'";
        String escaped = text.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
        return quote + (quote.equals("'") ? escaped.replace("'", "\\'") : escaped) + quote;
    }

    static String repr(List<String> texts) {
        return "[" + String.join(", ", texts.stream().map(Python::repr).toList()) + "]";
    }

    private static String number(JsonNode value) {
        if (value.isDouble() || value.isFloat()) {
            double number = value.doubleValue();
            return Double.isNaN(number) ? "nan" : Double.isInfinite(number) ? number > 0 ? "inf" : "-inf" : "" + number;
        }
        return value.asText();
    }

    private static DecimalNode asFloat(BigDecimal number) {
        // Python's floats always show that they are some.
        return DecimalNode.valueOf(
                number.scale() <= 0 && number.precision() - number.scale() <= 16 ? number.setScale(1) : number);
    }

    private static String typeName(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "list";
            case OBJECT -> "dict";
            case STRING -> "str";
            case BOOLEAN -> "bool";
            case NUMBER -> value.isIntegralNumber() ? "int" : "float";
            case NULL, MISSING, BINARY, POJO -> "NoneType";
        };
    }
}
