package dev.comfyrouter.server.config;

import static dev.comfyrouter.server.config.Settings.API_PASSWORD;
import static dev.comfyrouter.server.config.Settings.API_USERNAME;
import static dev.comfyrouter.server.config.Settings.CACHE_DIR;
import static dev.comfyrouter.server.config.Settings.CIVITAI_TOKEN;
import static dev.comfyrouter.server.config.Settings.DATA_DIR;
import static dev.comfyrouter.server.config.Settings.ENV;
import static dev.comfyrouter.server.config.Settings.HF_TOKEN;
import static dev.comfyrouter.server.config.Settings.HTTP_BODY_BUDGET_BYTES;
import static dev.comfyrouter.server.config.Settings.HTTP_MAX_BODY_BYTES;
import static dev.comfyrouter.server.config.Settings.HTTP_MAX_IMAGE_BODY_BYTES;
import static dev.comfyrouter.server.config.Settings.NODE_CHECK_INTERVAL;
import static dev.comfyrouter.server.config.Settings.NODE_SILENCE;
import static dev.comfyrouter.server.config.Settings.NODE_STALL;
import static dev.comfyrouter.server.config.Settings.PASSWORD;
import static dev.comfyrouter.server.config.Settings.RECORD_PATH;
import static dev.comfyrouter.server.config.Settings.RESULT_MAX_FILE_BYTES;
import static dev.comfyrouter.server.config.Settings.RESULT_MAX_TASK_BYTES;
import static dev.comfyrouter.server.config.Settings.ROOT_DIR;
import static dev.comfyrouter.server.config.Settings.TOKENS_FILE;
import static dev.comfyrouter.server.config.Settings.USERNAME;

import dev.comfyrouter.server.config.RouterConfig.Environment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// A rule about several settings at once. It is not asked when one of them is broken by itself.
///
/// @param about the settings; the first one is named in front of the problem
/// @param problem what to say when the rule does not hold: a format whose arguments are the settings with their values
record Rule(List<Setting<?>> about, Predicate<Values> holds, String problem) {
    private static final List<Rule> ALL = List.of(
            rule(
                    "the default password is not allowed with %2$s; give another one",
                    values -> values.of(ENV) != Environment.PROD
                            || !values.of(PASSWORD).reveal().equals(PASSWORD.byDefault()),
                    PASSWORD,
                    ENV),
            rule(
                    "has no password; give %2$s or %2$s_FILE too",
                    values -> values.of(API_USERNAME).isEmpty()
                            || values.of(API_PASSWORD).isPresent(),
                    API_USERNAME,
                    API_PASSWORD),
            rule(
                    "has no user; give a username too",
                    values -> values.of(API_PASSWORD).isEmpty()
                            || values.of(API_USERNAME).isPresent(),
                    API_PASSWORD,
                    API_USERNAME),
            rule(
                    "is the same as %2$s; give two different names",
                    values -> !values.of(API_USERNAME).equals(Optional.of(values.of(USERNAME))),
                    API_USERNAME,
                    USERNAME),
            rule(
                    "must be shorter than %2$s, or a node is lost between two checks",
                    values -> values.of(NODE_CHECK_INTERVAL).compareTo(values.of(NODE_SILENCE)) < 0,
                    NODE_CHECK_INTERVAL,
                    NODE_SILENCE),
            rule(
                    "must not be longer than %2$s",
                    values -> values.of(NODE_SILENCE).compareTo(values.of(NODE_STALL)) <= 0, NODE_SILENCE, NODE_STALL),
            rule(
                    "must not be greater than %2$s",
                    values -> values.of(RESULT_MAX_FILE_BYTES) <= values.of(RESULT_MAX_TASK_BYTES),
                    RESULT_MAX_FILE_BYTES,
                    RESULT_MAX_TASK_BYTES),
            rule(
                    "must not be greater than %2$s",
                    values -> values.of(HTTP_MAX_BODY_BYTES) <= values.of(HTTP_MAX_IMAGE_BODY_BYTES),
                    HTTP_MAX_BODY_BYTES,
                    HTTP_MAX_IMAGE_BODY_BYTES),
            rule(
                    "must not be greater than %2$s",
                    values -> values.of(HTTP_MAX_IMAGE_BODY_BYTES) <= values.of(HTTP_BODY_BUDGET_BYTES),
                    HTTP_MAX_IMAGE_BODY_BYTES,
                    HTTP_BODY_BUDGET_BYTES),
            rule(
                    "and %2$s must not lie in one another",
                    values -> apart(values.path(DATA_DIR), values.path(CACHE_DIR)), DATA_DIR, CACHE_DIR),
            rule(
                    "and the folder models of %2$s must not lie in one another",
                    values ->
                            apart(values.path(CACHE_DIR), values.path(ROOT_DIR).resolve("models")),
                    CACHE_DIR,
                    ROOT_DIR),
            rule(
                    "is a folder of another setting; give the path of a file",
                    values -> !List.of(values.path(CACHE_DIR), values.path(ROOT_DIR), values.path(DATA_DIR))
                            .contains(values.path(RECORD_PATH)),
                    RECORD_PATH,
                    CACHE_DIR,
                    ROOT_DIR,
                    DATA_DIR),
            rule(
                    "the file of %2$s has a token for huggingface.co too; give one",
                    values -> values.of(HF_TOKEN).isEmpty() || !values.tokens().containsKey("huggingface.co"),
                    HF_TOKEN,
                    TOKENS_FILE),
            rule(
                    "the file of %2$s has a token for civitai.com too; give one",
                    values -> values.of(CIVITAI_TOKEN).isEmpty()
                            || !values.tokens().containsKey("civitai.com"),
                    CIVITAI_TOKEN,
                    TOKENS_FILE));

    static void check(Values values, List<String> problems) {
        for (Rule rule : ALL) {
            if (values.sound(rule.about) && !rule.holds.test(values)) {
                Setting<?> first = rule.about.getFirst();
                String value = values.shown(first).map(text -> text + " ").orElse("");
                Object[] mentions = rule.about.stream().map(values::mention).toArray();
                problems.add(values.named(first) + ": " + value + rule.problem.formatted(mentions));
            }
        }
    }

    private static Rule rule(String problem, Predicate<Values> holds, Setting<?>... about) {
        return new Rule(List.of(about), holds, problem);
    }

    private static boolean apart(Path one, Path other) {
        return !one.startsWith(other) && !other.startsWith(one);
    }
}
