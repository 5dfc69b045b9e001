package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/// What an input of a node class takes.
///
/// Defaults are those of ComfyUI's page: its server never applies them. ComfyUI checks `min` and `max`, and
/// never `step`.
public sealed interface InputType {

    /// ComfyUI's name of the type, which a link into this input must have.
    String typeName();

    /// A socket: something only another node can give. The type may be `*` or list several, `FLOAT,INT`.
    record Wire(String typeName) implements InputType {}

    /// A text field.
    record Text(Optional<String> defaultValue, boolean multiline) implements InputType {
        @Override
        public String typeName() {
            return "STRING";
        }
    }

    /// A whole number, both ends of the range included.
    record Whole(
            Optional<BigInteger> defaultValue,
            Optional<BigInteger> min,
            Optional<BigInteger> max,
            Optional<BigInteger> step)
            implements InputType {
        @Override
        public String typeName() {
            return "INT";
        }
    }

    /// A decimal number, both ends of the range included.
    record Decimal(
            Optional<BigDecimal> defaultValue,
            Optional<BigDecimal> min,
            Optional<BigDecimal> max,
            Optional<BigDecimal> step)
            implements InputType {
        @Override
        public String typeName() {
            return "FLOAT";
        }
    }

    /// A switch.
    record Flag(Optional<Boolean> defaultValue) implements InputType {
        @Override
        public String typeName() {
            return "BOOLEAN";
        }
    }

    /// One of a fixed list.
    record Choice(List<String> options, Optional<String> defaultValue) implements InputType {
        public Choice {
            options = List.copyOf(options);
        }

        @Override
        public String typeName() {
            return "COMBO";
        }
    }

    /// The name of a model file.
    ///
    /// @param names the files a node has, relative to the folder; empty when the list is not known
    record ModelFile(ModelFolder folder, Optional<List<String>> names) implements InputType {
        public ModelFile {
            names = names.map(List::copyOf);
        }

        @Override
        public String typeName() {
            return "COMBO";
        }
    }

    /// The name of a file that users bring: ComfyUI lists some, but takes every file that exists when the graph
    /// arrives.
    ///
    /// @param directory `input` or `output`
    /// @param picture whether it is an image
    record UserFile(String directory, boolean picture, List<String> names) implements InputType {
        public UserFile {
            names = List.copyOf(names);
        }

        @Override
        public String typeName() {
            return "COMBO";
        }
    }

    /// A widget of its own that only its node understands; nothing is checked.
    record Other(String typeName) implements InputType {}
}
