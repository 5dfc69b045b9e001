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
/// @param about the settings; the first one is named in the problem
/// @param problem what to say when the rule does not hold, after the name of the first setting
record Rule(List<Setting<?>> about, Predicate<Values> holds, String problem) {
    private static final List<Rule> ALL = List.of(
            rule(
                    values -> values.of(ENV) != Environment.PROD
                            || !values.of(PASSWORD).reveal().equals(PASSWORD.byDefault()),
                    "the default password is not allowed while %s is \"prod\"; give another one"
                            .formatted(ENV.variable()),
                    PASSWORD,
                    ENV),
            rule(
                    values -> values.of(API_USERNAME).isEmpty()
                            || values.of(API_PASSWORD).isPresent(),
                    "has no password; give %s or %s_FILE too"
                            .formatted(API_PASSWORD.variable(), API_PASSWORD.variable()),
                    API_USERNAME,
                    API_PASSWORD),
            rule(
                    values -> values.of(API_PASSWORD).isEmpty()
                            || values.of(API_USERNAME).isPresent(),
                    "has no user; give %s too".formatted(API_USERNAME.variable()),
                    API_PASSWORD,
                    API_USERNAME),
            rule(
                    values -> !values.of(API_USERNAME).equals(Optional.of(values.of(USERNAME))),
                    "is the same as %s; give two different names".formatted(USERNAME.variable()),
                    API_USERNAME,
                    USERNAME),
            rule(
                    values -> values.of(NODE_CHECK_INTERVAL).compareTo(values.of(NODE_SILENCE)) < 0,
                    "must be shorter than %s, or a node is lost between two checks".formatted(NODE_SILENCE.variable()),
                    NODE_CHECK_INTERVAL,
                    NODE_SILENCE),
            rule(
                    values -> values.of(NODE_SILENCE).compareTo(values.of(NODE_STALL)) <= 0,
                    "must not be longer than %s".formatted(NODE_STALL.variable()),
                    NODE_SILENCE,
                    NODE_STALL),
            rule(
                    values -> values.of(RESULT_MAX_FILE_BYTES) <= values.of(RESULT_MAX_TASK_BYTES),
                    "must not be greater than %s".formatted(RESULT_MAX_TASK_BYTES.variable()),
                    RESULT_MAX_FILE_BYTES,
                    RESULT_MAX_TASK_BYTES),
            rule(
                    values -> values.of(HTTP_MAX_BODY_BYTES) <= values.of(HTTP_MAX_IMAGE_BODY_BYTES),
                    "must not be greater than %s".formatted(HTTP_MAX_IMAGE_BODY_BYTES.variable()),
                    HTTP_MAX_BODY_BYTES,
                    HTTP_MAX_IMAGE_BODY_BYTES),
            rule(
                    values -> values.of(HTTP_MAX_IMAGE_BODY_BYTES) <= values.of(HTTP_BODY_BUDGET_BYTES),
                    "must not be greater than %s".formatted(HTTP_BODY_BUDGET_BYTES.variable()),
                    HTTP_MAX_IMAGE_BODY_BYTES,
                    HTTP_BODY_BUDGET_BYTES),
            rule(
                    values -> apart(values.path(DATA_DIR), values.path(CACHE_DIR)),
                    "and %s must not lie in one another".formatted(CACHE_DIR.variable()),
                    DATA_DIR,
                    CACHE_DIR),
            rule(
                    values ->
                            apart(values.path(CACHE_DIR), values.path(ROOT_DIR).resolve("models")),
                    "and the folder models of %s must not lie in one another".formatted(ROOT_DIR.variable()),
                    CACHE_DIR,
                    ROOT_DIR),
            rule(
                    values -> !List.of(values.path(CACHE_DIR), values.path(ROOT_DIR), values.path(DATA_DIR))
                            .contains(values.path(RECORD_PATH)),
                    "is a folder of another setting; give the path of a file",
                    RECORD_PATH,
                    CACHE_DIR,
                    ROOT_DIR,
                    DATA_DIR),
            rule(
                    values -> values.of(HF_TOKEN).isEmpty() || !values.tokens().containsKey("huggingface.co"),
                    "the file named by %s has a token for huggingface.co too; give one"
                            .formatted(TOKENS_FILE.variable()),
                    HF_TOKEN,
                    TOKENS_FILE),
            rule(
                    values -> values.of(CIVITAI_TOKEN).isEmpty()
                            || !values.tokens().containsKey("civitai.com"),
                    "the file named by %s has a token for civitai.com too; give one".formatted(TOKENS_FILE.variable()),
                    CIVITAI_TOKEN,
                    TOKENS_FILE));

    static void check(Values values, List<String> problems) {
        for (Rule rule : ALL) {
            if (values.sound(rule.about) && !rule.holds.test(values)) {
                problems.add(values.named(rule.about.getFirst()) + ": " + rule.problem);
            }
        }
    }

    private static Rule rule(Predicate<Values> holds, String problem, Setting<?>... about) {
        return new Rule(List.of(about), holds, problem);
    }

    private static boolean apart(Path one, Path other) {
        return !one.startsWith(other) && !other.startsWith(one);
    }
}
