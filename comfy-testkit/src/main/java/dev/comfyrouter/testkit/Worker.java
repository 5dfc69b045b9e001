package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;

/// The one thread of a server that executes prompts, strictly one after the other.
final class Worker implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Worker.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Engine engine;
    private final Thread thread;

    private Worker(Engine engine, boolean paints) {
        this.engine = engine;
        // Painting would keep a carrier thread busy that connections of others need.
        this.thread = paints
                ? Thread.ofPlatform().name("fake-comfy-worker").daemon().unstarted(this::work)
                : Thread.ofVirtual().name("fake-comfy-worker").unstarted(this::work);
    }

    static Worker start(Engine engine, boolean paints) {
        Worker worker = new Worker(engine, paints);
        worker.thread.start();
        return worker;
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        if (!thread.join(PATIENCE)) {
            LOG.log(Level.ERROR, "the worker of a fake server does not end: a node behaviour ignores its interrupt");
        }
    }

    private void work() {
        try {
            while (true) {
                Optional<PromptItem> next = engine.queue().take();
                if (next.isEmpty()) {
                    engine.cache().clear();
                } else if (engine.faults().workerDiesNow()) {
                    return;
                } else {
                    execute(next.get());
                }
            }
        } catch (PromptHeap.Incomparable death) {
            LOG.log(Level.DEBUG, "the worker dies, as a real one would", death);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void execute(PromptItem item) throws InterruptedException {
        engine.owner(item.clientId());
        engine.journal().started(item.id());
        boolean ended = false;
        try {
            HistoryEntry entry = new PromptRun(engine, item).execute();
            Duration delay = engine.faults().historyDelay();
            if (delay.isPositive()) {
                Pauses.pause(delay);
            }
            engine.queue().finished(Optional.of(entry));
            if (item.clientId().isPresent()) {
                engine.events()
                        .send(
                                item.clientId(),
                                "executing",
                                () -> "{\"node\":null,\"prompt_id\":" + Json.quoted(item.id()) + "}");
            }
            // Last, so that a test that waits for the end finds everything said and stored.
            engine.journal().ended(new Execution(item.id(), item.clientId(), outcome(entry)));
            ended = true;
        } finally {
            engine.pacing().promptEnds();
            if (!ended) {
                engine.journal().abandoned();
            }
        }
    }

    private static Execution.Outcome outcome(HistoryEntry entry) {
        if (entry.success()) {
            return Execution.Outcome.SUCCESS;
        }
        JsonNode last = entry.messages().path(entry.messages().size() - 1).path(0);
        return last.asText().equals("execution_interrupted") ? Execution.Outcome.INTERRUPTED : Execution.Outcome.ERROR;
    }
}
