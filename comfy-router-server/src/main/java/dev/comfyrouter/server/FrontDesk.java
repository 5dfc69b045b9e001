package dev.comfyrouter.server;

import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.server.http.HttpDoor;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.schedule.Schedule;
import dev.comfyrouter.server.store.Acceptance;
import dev.comfyrouter.server.store.Cancellation;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.workflows.InvalidWorkflow;
import dev.comfyrouter.workflows.Problem;
import dev.comfyrouter.workflows.SamplerLists;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the HTTP door orders, passed on to who does it.
record FrontDesk(RouterConfig config, TaskStore store, NodeRegistry nodes, Schedule schedule, ResultStore results)
        implements HttpDoor.Desk {
    private static final Logger LOG = System.getLogger(FrontDesk.class.getName());

    @Override
    public Plan plan(String type, String params) {
        if (type.equals(TaskRequest.GRAPH) && !config.graphs()) {
            throw new InvalidWorkflow(
                    List.of(
                            new Problem(
                                    "",
                                    "raw graphs are switched off on this router (COMFY_ROUTER__WORKFLOW__GRAPH): use SD15, SDXL or Flux")));
        }
        return Plan.parse(type, params, samplers());
    }

    /// The names that any node offers; those of ComfyUI itself before a node is known.
    private SamplerLists samplers() {
        Set<String> samplers = offered(Capabilities::samplers);
        Set<String> schedulers = offered(Capabilities::schedulers);
        return samplers.isEmpty() || schedulers.isEmpty()
                ? SamplerLists.core()
                : new SamplerLists(List.copyOf(samplers), List.copyOf(schedulers));
    }

    private Set<String> offered(Function<Capabilities, Set<String>> names) {
        return nodes.states().stream()
                .flatMap(node -> node.about().flatMap(About::capabilities).stream())
                .flatMap(can -> names.apply(can).stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Acceptance accept(TaskRequest request, Optional<NewTask.IdempotencyKey> key) throws InterruptedException {
        return schedule.intake().accept(request, key);
    }

    @Override
    public Cancellation cancel(TaskId id) throws InterruptedException {
        return schedule.intake().cancel(id);
    }

    @Override
    public Optional<TaskRequest> again(Task task) throws InterruptedException {
        return schedule.intake().request(task);
    }

    @Override
    public boolean drop(TaskId id) throws InterruptedException {
        Optional<Long> dropped = store.drop(id);
        if (dropped.isPresent()) {
            try {
                results.discard(dropped.get());
            } catch (IOException failed) {
                LOG.log(Level.WARNING, "results of task {0} were not deleted: {1}", id, failed.getMessage());
            }
        }
        return dropped.isPresent();
    }

    @Override
    public OptionalInt position(long number) {
        return schedule.dispatcher().position(number);
    }

    @Override
    public int freeSlots() {
        return schedule.dispatcher().freeSlots();
    }
}
