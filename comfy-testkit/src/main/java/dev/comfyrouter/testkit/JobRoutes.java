package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// `/api/jobs` and its cancel endpoints (since 0.6.0 and 0.26.0).
final class JobRoutes {

    private static final List<String> STATUSES = List.of("pending", "in_progress", "completed", "failed", "cancelled");
    private static final List<String> PREVIEWABLE = List.of("images", "gifs", "video", "audio", "3d");

    private final Engine engine;

    JobRoutes(Engine engine) {
        this.engine = engine;
    }

    void register(Routes routes) {
        if (engine.release().hasJobs()) {
            routes.on("GET", "/api/jobs", this::list);
            routes.on("GET", "/api/jobs/*", this::one);
        }
        if (engine.release().cancelsJobs()) {
            routes.on("POST", "/api/jobs/*/cancel", request -> cancelled(cancel(Routes.part(request, 2))));
            routes.on("POST", "/api/jobs/cancel", this::cancelMany);
        }
    }

    private HttpResponse list(HttpRequest request) {
        List<String> statuses = request.parameter("status")
                .filter(given -> !given.isEmpty())
                .map(given ->
                        Arrays.stream(given.split(",", -1)).map(String::strip).toList())
                .orElse(List.of());
        List<String> unknown =
                statuses.stream().filter(each -> !STATUSES.contains(each)).toList();
        if (!unknown.isEmpty()) {
            return error(
                    400,
                    "Invalid status value(s): " + String.join(", ", unknown) + ". Valid values: "
                            + String.join(", ", STATUSES));
        }
        String sortBy = request.parameter("sort_by").orElse("created_at");
        if (!sortBy.equals("created_at") && !sortBy.equals("execution_duration")) {
            return error(400, "sort_by must be 'created_at' or 'execution_duration'");
        }
        String order = request.parameter("sort_order").orElse("desc");
        if (!order.equals("asc") && !order.equals("desc")) {
            return error(400, "sort_order must be 'asc' or 'desc'");
        }
        for (String name : List.of("limit", "offset")) {
            if (request.parameter(name)
                    .filter(given -> !given.matches("-?\\d{1,9}"))
                    .isPresent()) {
                return error(400, name + " must be an integer");
            }
        }
        List<ObjectNode> jobs = new ArrayList<>(jobs());
        jobs.removeIf(job ->
                !statuses.isEmpty() && !statuses.contains(job.path("status").asText()));
        request.parameter("workflow_id")
                .ifPresent(id ->
                        jobs.removeIf(job -> !job.path("workflow_id").asText().equals(id)));
        Comparator<ObjectNode> comparator = sortBy.equals("created_at")
                ? Comparator.comparingLong(job -> job.path("create_time").asLong())
                : Comparator.comparingLong(JobRoutes::duration);
        jobs.sort(order.equals("asc") ? comparator : comparator.reversed());
        return page(
                jobs,
                request.parameter("limit").map(Integer::parseInt),
                request.parameter("offset").map(Integer::parseInt));
    }

    private static HttpResponse page(List<ObjectNode> jobs, Optional<Integer> limit, Optional<Integer> offset) {
        int from = Math.min(Math.max(0, offset.orElse(0)), jobs.size());
        int to = limit.map(most -> Math.min(jobs.size(), from + Math.max(0, most)))
                .orElse(jobs.size());
        ObjectNode answer = Json.object();
        ArrayNode page = answer.putArray("jobs");
        jobs.subList(from, to).forEach(page::add);
        ObjectNode pagination = answer.putObject("pagination").put("offset", offset.orElse(0));
        limit.ifPresentOrElse(most -> pagination.put("limit", most), () -> pagination.putNull("limit"));
        pagination.put("total", jobs.size()).put("has_more", to < jobs.size());
        return HttpResponse.json(Json.write(answer));
    }

    private HttpResponse one(HttpRequest request) {
        String id = Routes.part(request, 1);
        PromptQueue.Snapshot snapshot = engine.queue().snapshot();
        Optional<ObjectNode> unfinished = snapshot.running()
                .filter(item -> item.id().equals(id))
                .map(item -> job(item, "in_progress"))
                .or(() -> snapshot.pending().stream()
                        .filter(item -> item.id().equals(id))
                        .findFirst()
                        .map(item -> job(item, "pending")));
        return unfinished
                .or(() -> engine.queue().history(id).map(JobRoutes::detailed))
                .map(job -> HttpResponse.json(Json.write(job)))
                .orElseGet(() -> error(404, "Job not found"));
    }

    private HttpResponse cancelMany(HttpRequest request) throws JsonProcessingException {
        JsonNode ids = Json.read(request.body()).path("job_ids");
        if (!ids.isArray() || ids.isEmpty()) {
            return error(400, "job_ids must be a non-empty list");
        }
        List<JsonNode> invalid = new ArrayList<>();
        ids.forEach(id -> {
            if (!id.isTextual() || !id.asText().matches(PromptRoutes.UUID_FORM)) {
                invalid.add(id);
            }
        });
        if (!invalid.isEmpty()) {
            ObjectNode answer = Json.object().put("error", "job_ids contains invalid id(s)");
            ArrayNode list = answer.putArray("invalid_ids");
            invalid.forEach(list::add);
            return HttpResponse.json(400, Json.write(answer));
        }
        boolean any = false;
        for (JsonNode id : ids) {
            any |= cancel(id.asText());
        }
        return cancelled(any);
    }

    private boolean cancel(String id) {
        if (engine.queue().isRunning(id)) {
            engine.pacing().interruptPrompt(id);
            return true;
        }
        return engine.queue().delete(id);
    }

    private static HttpResponse cancelled(boolean any) {
        return HttpResponse.json("{\"cancelled\": " + any + "}");
    }

    private List<ObjectNode> jobs() {
        PromptQueue.Snapshot snapshot = engine.queue().snapshot();
        List<ObjectNode> jobs = new ArrayList<>();
        snapshot.running().ifPresent(item -> jobs.add(job(item, "in_progress")));
        snapshot.pending().forEach(item -> jobs.add(job(item, "pending")));
        engine.queue().history().forEach(entry -> jobs.add(finished(entry)));
        return jobs;
    }

    private static long duration(ObjectNode job) {
        return job.path("execution_end_time").asLong()
                - job.path("execution_start_time").asLong();
    }

    private static ObjectNode job(PromptItem item, String status) {
        ObjectNode job = Json.object().put("id", item.id()).put("status", status);
        job.set("priority", item.number());
        job.set("create_time", item.extraData().path("create_time"));
        job.put("outputs_count", 0).put("previewable_outputs_count", 0);
        putWorkflowId(job, item);
        return job;
    }

    private static void putWorkflowId(ObjectNode job, PromptItem item) {
        JsonNode workflowId =
                item.extraData().path("extra_pnginfo").path("workflow").path("id");
        if (workflowId.isTextual()) {
            job.set("workflow_id", workflowId);
        }
    }

    private static ObjectNode finished(HistoryEntry entry) {
        JsonNode first = entry.messages().path(0).path(1);
        JsonNode last = entry.messages().path(entry.messages().size() - 1);
        String end = last.path(0).asText();
        String status = entry.success() ? "completed" : end.equals("execution_interrupted") ? "cancelled" : "failed";
        ObjectNode job = job(entry.item(), status);
        job.remove(List.of("outputs_count", "previewable_outputs_count", "workflow_id"));
        job.set("execution_start_time", first.path("timestamp"));
        job.set("execution_end_time", last.path(1).path("timestamp"));
        if (end.equals("execution_error")) {
            job.set("execution_error", last.path(1));
        }
        putOutputSummary(job, entry.outputs());
        putWorkflowId(job, entry.item());
        return job;
    }

    private static void putOutputSummary(ObjectNode job, ObjectNode outputs) {
        int count = 0;
        int previewable = 0;
        Optional<ObjectNode> preview = Optional.empty();
        for (var node : outputs.properties()) {
            for (var media : node.getValue().properties()) {
                if (media.getKey().equals("animated") || !media.getValue().isArray()) {
                    continue;
                }
                for (JsonNode item : media.getValue()) {
                    count++;
                    if (item instanceof ObjectNode file && PREVIEWABLE.contains(media.getKey())) {
                        previewable++;
                        boolean better = preview.isEmpty()
                                || (file.path("type").asText().equals("output")
                                        && !preview.get().path("type").asText().equals("output"));
                        if (better) {
                            preview = Optional.of(
                                    file.deepCopy().put("nodeId", node.getKey()).put("mediaType", media.getKey()));
                        }
                    }
                }
            }
        }
        job.put("outputs_count", count).put("previewable_outputs_count", previewable);
        preview.ifPresent(shown -> job.set("preview_output", shown));
    }

    private static ObjectNode detailed(HistoryEntry entry) {
        ObjectNode job = finished(entry);
        job.set("outputs", entry.outputs());
        job.set("execution_status", entry.onTheWire().path("status"));
        ObjectNode workflow = job.putObject("workflow");
        workflow.set("prompt", entry.item().prompt());
        workflow.set("extra_data", entry.item().extraData());
        return job;
    }

    private static HttpResponse error(int status, String message) {
        return HttpResponse.json(status, Json.write(Json.object().put("error", message)));
    }
}
