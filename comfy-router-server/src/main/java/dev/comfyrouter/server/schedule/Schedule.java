package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.download.Downloads;
import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.result.Converter;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.time.Time;
import java.time.Duration;
import java.util.random.RandomGenerator;

/// Everything that moves tasks: intake, dispatcher, runners, and the dropping of old ones.
public final class Schedule implements AutoCloseable {
    private final LiveBoard board;
    private final Plans plans;
    private final Converter converter;
    private final Downloads downloads;
    private final Dispatcher dispatcher;
    private final Preparation preparation;
    private final Intake intake;
    private final Recovery recovery;
    private final Retention retention;

    /// What tasks may take and how long they are kept.
    ///
    /// @param maxAttempts how often a task is tried when nodes fail
    /// @param silence how long a node may be unreachable before its attempt counts as lost
    /// @param stall how long nothing may move
    /// @param keep how many ended tasks are kept
    /// @param keepAtLeast none younger is dropped
    public record Settings(
            Intake.Limits intake,
            Collector.Limits outputs,
            int maxAttempts,
            Duration silence,
            Duration stall,
            int keep,
            Duration keepAtLeast) {}

    public Schedule(
            TaskStore store,
            NodeRegistry nodes,
            LiveBoard board,
            ResultStore results,
            InputFiles inputs,
            Downloads downloads,
            Settings settings,
            Time time,
            RandomGenerator random) {
        this.board = board;
        this.downloads = downloads;
        this.plans = new Plans(store);
        var needsOf = new NeedsOf();
        var submitter = new Submitter(store, new Graphs(plans, inputs, downloads, new LinkSight(time)), time);
        var follower = new Follower(store, board, settings.silence(), settings.stall(), time);
        this.converter = new Converter();
        var collector = new Collector(results, converter, settings.outputs(), time);
        var retry = new Retry(settings.maxAttempts(), random);
        var quarantine = new Quarantine(nodes::states, time);
        this.dispatcher = new Dispatcher(
                store,
                nodes,
                board,
                new TaskRunner(
                        store,
                        board,
                        plans,
                        submitter,
                        follower,
                        collector,
                        retry,
                        quarantine,
                        nodes::states,
                        time,
                        this::admit),
                looked -> new Refresher(nodes, looked, time),
                time);
        this.preparation = new Preparation(store, downloads, plans, needsOf, dispatcher, time);
        this.intake = new Intake(store, inputs, dispatcher, preparation, plans, settings.intake(), time);
        this.recovery = new Recovery(store, nodes, dispatcher, plans, preparation, downloads, time);
        this.retention = new Retention(store, results, inputs, settings.keep(), settings.keepAtLeast(), time);
    }

    /// Takes up what a former process left, then begins to dispatch. The nodes must be known by now.
    public void start() throws InterruptedException {
        retention.sweepResults();
        recovery.run();
        dispatcher.start();
        retention.start();
    }

    /// The way back into the queue; the runner that needs it is made first.
    private void admit(WaitingTask task) throws InterruptedException {
        preparation.admit(task);
    }

    public Intake intake() {
        return intake;
    }

    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /// Hears every event of a task after it is on disk; on the store's thread, so it only leaves notes.
    public void published(TaskEvent event) {
        if (event.state().terminal()) {
            board.remove(event.number());
            preparation.ended(event.number());
            plans.forget(event.number());
            retention.taskEnded();
        }
    }

    /// Stops; running prompts are left on their nodes.
    @Override
    public void close() {
        retention.close();
        downloads.close();
        dispatcher.close();
        converter.close();
    }
}
