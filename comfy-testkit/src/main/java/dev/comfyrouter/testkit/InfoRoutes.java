package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// What a server tells about itself: node classes, models, versions, devices.
final class InfoRoutes {

    private static final long MEMORY = 25_276_502_016L;

    private final Engine engine;
    private final ObjectInfo objectInfo;

    InfoRoutes(Engine engine) {
        this.engine = engine;
        this.objectInfo = new ObjectInfo(engine.classes(), engine.release());
    }

    void register(Routes routes) {
        Release release = engine.release();
        routes.on("GET", "/object_info", request -> HttpResponse.json(Json.write(objectInfo.all())));
        routes.on(
                "GET",
                "/object_info/*",
                request -> HttpResponse.json(Json.write(objectInfo.one(Routes.part(request, 1)))));
        routes.on("GET", "/models", request -> HttpResponse.json(Json.write(Json.strings(Models.folders(release)))));
        routes.on("GET", "/models/*", this::models);
        routes.on("GET", "/experiment/models", request -> modelFolders());
        routes.on("GET", "/experiment/models/*", this::modelFiles);
        routes.on("GET", "/embeddings", request -> embeddings());
        routes.on("GET", "/system_stats", request -> systemStats());
        routes.on("GET", "/extensions", request -> HttpResponse.json("[]"));
        routes.on("GET", "/users", request -> HttpResponse.json("{\"storage\": \"server\", \"migrated\": true}"));
        if (release.honoursPromptId()) {
            routes.on("GET", "/features", request -> HttpResponse.json(Json.write(features(release))));
        }
        if (release.hasNodeReplacements()) {
            routes.on("GET", "/node_replacements", request -> HttpResponse.json("{}"));
        }
        if (release.hasAssetRoutes()) {
            for (String path : new String[] {"/api/assets", "/api/tags"}) {
                routes.on("GET", path, request -> HttpResponse.json(503, """
                        {"error": {"code": "SERVICE_DISABLED", "message": "Assets system is disabled. Start the server with \
                        --enable-assets to use this feature.", "details": {}}}"""));
            }
        }
    }

    static ObjectNode features(Release release) {
        ObjectNode features = Json.object().put("supports_preview_metadata", true);
        if (release.refusesCrossSiteRequests()) {
            features.put("supports_model_type_tags", true).put("max_upload_size", HttpConnection.MAX_BODY);
            features.putObject("extension").putObject("manager").put("supports_v4", true);
            features.put("node_replacements", true).put("assets", false);
        } else {
            features.put("max_upload_size", HttpConnection.MAX_BODY);
        }
        return features;
    }

    private HttpResponse models(HttpRequest request) {
        String folder = Routes.part(request, 1);
        return Models.folders(engine.release()).contains(folder)
                ? HttpResponse.json(Json.write(Json.strings(engine.models().names(folder))))
                : HttpResponse.empty(404);
    }

    private HttpResponse modelFolders() {
        ArrayNode folders = Json.array();
        for (String folder : Models.folders(engine.release())) {
            if (folder.equals("configs") || folder.equals("custom_nodes")) {
                continue;
            }
            ObjectNode entry = folders.addObject().put("name", folder);
            entry.set("folders", Json.strings(engine.models().rootNames(folder)));
            if (engine.release().encodesCombosAnew()) {
                entry.set("extensions", Json.strings(Models.extensions()));
            }
        }
        return HttpResponse.json(Json.write(folders));
    }

    private HttpResponse modelFiles(HttpRequest request) {
        String folder = Routes.part(request, 1);
        if (!Models.folders(engine.release()).contains(folder)) {
            return HttpResponse.empty(404);
        }
        ArrayNode files = Json.array();
        for (Models.ModelFile file : engine.models().files(folder)) {
            files.addObject()
                    .put("name", file.name())
                    .put("pathIndex", file.pathIndex())
                    .put("modified", file.modified())
                    .put("created", file.modified())
                    .put("size", file.size());
        }
        return HttpResponse.json(Json.write(files));
    }

    private HttpResponse embeddings() {
        return HttpResponse.json(Json.write(Json.strings(engine.models().names("embeddings").stream()
                .map(name -> name.substring(0, name.lastIndexOf('.')))
                .toList())));
    }

    private HttpResponse systemStats() {
        boolean newer = engine.release().refusesCrossSiteRequests();
        long videoMemory = engine.machine().videoMemory();
        ObjectNode stats = Json.object();
        ObjectNode system = stats.putObject("system")
                .put("os", newer ? "linux" : "posix")
                .put("ram_total", MEMORY)
                .put("ram_free", MEMORY / 8 * 7)
                .put("comfyui_version", engine.release().toString())
                .put("required_frontend_version", newer ? "1.49.6" : "1.27.10")
                .putNull("installed_templates_version")
                .put("required_templates_version", newer ? "0.11.44" : "0.1.95");
        if (newer) {
            system.putArray("comfy_package_versions");
        }
        system.put("python_version", "3.11.7 (simulated)")
                .put("pytorch_version", engine.machine().pytorch())
                .put("embedded_python", false);
        if (newer) {
            system.put("deploy_environment", "local-git");
        }
        system.putArray("argv").add("main.py");
        stats.putArray("devices")
                .addObject()
                .put("name", "cuda:0 Simulated GPU : cudaMallocAsync")
                .put("type", "cuda")
                .put("index", 0)
                .put("vram_total", videoMemory)
                .put("vram_free", videoMemory / 8 * 7)
                .put("torch_vram_total", videoMemory / 16)
                .put("torch_vram_free", videoMemory / 32);
        return HttpResponse.json(Json.write(stats));
    }
}
