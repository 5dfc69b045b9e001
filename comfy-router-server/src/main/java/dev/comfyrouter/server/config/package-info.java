/// What the operator may set: one table of settings, read from the environment and a YAML file, checked as a whole.
///
/// It uses Jackson and the JDK only. A [RouterConfig] that could be loaded is valid; an [InvalidConfig] names every
/// mistake at once. To add a setting, add one line to `Settings`, a component to a record of [RouterConfig], and a
/// line to `docs/configuration.md` (a test compares the two tables).
@NullMarked
package dev.comfyrouter.server.config;

import org.jspecify.annotations.NullMarked;
