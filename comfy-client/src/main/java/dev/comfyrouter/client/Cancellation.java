package dev.comfyrouter.client;

/// The way to cancel one prompt and never another, on every supported version.
final class Cancellation {
    private final BaseUrl base;
    private final HttpLink http;
    private final ComfyClient client;

    Cancellation(BaseUrl base, HttpLink http, ComfyClient client) {
        this.base = base;
        this.http = http;
        this.client = client;
    }

    CancelResult cancel(PromptId promptId) throws InterruptedException {
        Answer answer = http.tryPostJson("/api/jobs/" + BaseUrl.encode(promptId.value()) + "/cancel", new byte[0]);
        if (answer.status() == 404 || answer.status() == 405) {
            return byQueueAndInterrupt(promptId);
        }
        answer.requireOk(base);
        return result(answer.json(base).path("cancelled").asBoolean(false));
    }

    /// Before 0.26: take it out of the queue, then interrupt it by its id, so that it cannot slip from one to
    /// the other.
    private CancelResult byQueueAndInterrupt(PromptId promptId) throws InterruptedException {
        var unused = client.systemStats().requireSupported();
        boolean there = client.queue().contains(promptId);
        client.deleteFromQueue(promptId);
        client.interrupt(promptId);
        return result(there);
    }

    private static CancelResult result(boolean there) {
        return there ? CancelResult.ACCEPTED : CancelResult.NOTHING_TO_CANCEL;
    }
}
