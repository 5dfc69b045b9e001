package dev.comfyrouter.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// What [InChromium] promises.
final class BrowserExtension implements ExecutionCondition, ParameterResolver, AfterTestExecutionCallback {
    private static final Namespace OURS = Namespace.create(BrowserExtension.class);
    private static final Path EVIDENCE = Path.of("target/browser/failed");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (Chromium.executable().isPresent()) {
            return ConditionEvaluationResult.enabled("a browser is installed");
        }
        String missing = "no Chromium is installed (COMFY_TEST_CHROMIUM may name one)";
        if ("required".equals(System.getenv("COMFY_TEST_BROWSER"))) {
            throw new IllegalStateException(missing + ", and COMFY_TEST_BROWSER says that one is required");
        }
        return ConditionEvaluationResult.disabled(missing);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == House.class || type == Visitor.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        House house = store(context).computeIfAbsent(House.class, key -> new House(), House.class);
        return parameter.getParameter().getType() == House.class ? house : visitor(context, house);
    }

    /// Closed before the house: what was stored last is closed first.
    private static Visitor visitor(ExtensionContext context, House house) {
        Chromium chromium = context.getRoot()
                .getStore(OURS)
                .computeIfAbsent(
                        Chromium.class,
                        key -> new Chromium(Chromium.executable().orElseThrow()),
                        Chromium.class);
        return store(context)
                .computeIfAbsent(Visitor.class, key -> new Visitor(chromium.browser(), house), Visitor.class);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        Optional.ofNullable(store(context).get(Visitor.class, Visitor.class)).ifPresent(visitor -> {
            if (context.getExecutionException().isPresent()) {
                visitor.testify(EVIDENCE.resolve(
                        context.getRequiredTestClass().getSimpleName() + "." + context.getDisplayName()));
            } else {
                assertThat(visitor.complaints())
                        .as("what the browser complained about")
                        .isEmpty();
            }
        });
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(OURS);
    }
}
