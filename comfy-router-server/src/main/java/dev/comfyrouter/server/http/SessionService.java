package dev.comfyrouter.server.http;

import dev.comfyrouter.server.config.RouterConfig;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Locale;

/// Who is asking, and which router this is. The page also tells by it whether its credentials are right.
final class SessionService implements HttpService {
    private final RouterConfig config;
    private final HttpDoor.Build build;
    private final Answers answers;

    SessionService(RouterConfig config, HttpDoor.Build build, Answers answers) {
        this.config = config;
        this.build = build;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/session", this::session);
    }

    record Limits(
            int pending,
            int history,
            int maxAttempts,
            long maxRunSeconds,
            long maxWaitSeconds,
            long maxCacheBytes,
            long maxBodyBytes) {
        static Limits of(RouterConfig config) {
            return new Limits(
                    config.pendingLimit(),
                    config.history().limit(),
                    config.task().maxAttempts(),
                    config.task().maxRun().toSeconds(),
                    config.task().maxWait().toSeconds(),
                    config.download().maxCacheBytes(),
                    config.http().maxImageBodyBytes());
        }
    }

    record View(
            String user,
            String env,
            String version,
            String build,
            boolean defaultPassword,
            boolean demo,
            Limits limits,
            List<SettingView> settings) {}

    /// @param source `default`, `environment` or `file`
    record SettingView(String name, String value, String source) {
        static SettingView of(RouterConfig.Effective setting) {
            return new SettingView(
                    setting.name(), setting.value(), setting.source().name().toLowerCase(Locale.ROOT));
        }
    }

    private void session(ServerRequest request, ServerResponse response) {
        answers.json(
                response,
                new View(
                        Authentication.user(request).name(),
                        config.environment().name().toLowerCase(Locale.ROOT),
                        build.version(),
                        build.id(),
                        config.hasDefaultPassword(),
                        build.demo(),
                        Limits.of(config),
                        config.effective().stream().map(SettingView::of).toList()));
    }
}
