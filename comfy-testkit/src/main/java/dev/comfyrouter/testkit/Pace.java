package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;
import java.util.function.DoubleFunction;

/// How long sampling takes, and which previews it shows.
///
/// @param step the time of each step
/// @param execution the time that the first sampler of a prompt takes in all, or its first output node when
///     there is no sampler
/// @param previewMethod the server's own, as its command line would say; `none` for no previews
record Pace(Duration step, Duration execution, String previewMethod, Painter painter) {

    // Shorter waits are put together: hundreds of nodes in one process would do little else than wake up.
    private static final Duration GRAIN = Duration.ofMillis(20);

    void sample(NodeCall call, Picture latent, int steps) throws InterruptedException {
        Optional<DoubleFunction<byte[]>> previews =
                showsPreviews(call) ? Optional.of(painter.previews(latent)) : Optional.empty();
        Duration share = call.run().claimExecutionTime() && steps > 0 ? execution.dividedBy(steps) : Duration.ZERO;
        long start = System.nanoTime();
        for (int step = 1; step <= steps; step++) {
            call.run().engine().script().beforeTick(call, step);
            // Measured from the start, so that the lateness of one step is not added to the next.
            Duration passed = Duration.ofNanos(System.nanoTime() - start);
            Duration left = this.step.plus(share).multipliedBy(step).minus(passed);
            if (step == steps || left.compareTo(GRAIN) >= 0) {
                pause(call, left);
            }
            if (previews.isPresent()) {
                byte[] image = previews.get().apply((double) step / steps);
                call.progress(step, steps, Events.ImageFormat.JPEG, image);
            } else {
                call.progress(step, steps);
            }
        }
    }

    void beforeOutput(NodeCall call) throws InterruptedException {
        if (call.run().claimExecutionTime()) {
            pause(call, execution);
        }
    }

    private static void pause(NodeCall call, Duration time) throws InterruptedException {
        if (time.isPositive()) {
            call.pause(time);
        }
    }

    private boolean showsPreviews(NodeCall call) {
        JsonNode asked = call.run().item().extraData().path("preview_method");
        boolean own = !previewMethod.equals("none");
        if (!call.run().engine().release().honoursPreviewMethod()
                || !asked.isTextual()
                || asked.asText().equals("default")) {
            return own;
        }
        return !asked.asText().equals("none");
    }
}
