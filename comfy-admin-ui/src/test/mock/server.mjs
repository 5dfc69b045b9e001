/**
 * A stand-in for the router, for work on the page without one: `npm run mock`, then http://127.0.0.1:8123/admin.
 * Options: --port=8123 --nodes=12 --tasks=60 --empty --demo --default-password --hz=4 --dir=target/dev
 * For broken weather: POST /mock {"down":true} | {"quiet":true} | {"unauthorized":true} | {"build":"2"} | {"full":true}
 */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import { picture } from "./picture.mjs";
import { types } from "./types.mjs";
import { World } from "./world.mjs";

const option = (name, fallback) => {
  const given = process.argv.find((one) => one === `--${name}` || one.startsWith(`--${name}=`));
  return given === undefined ? fallback : given.includes("=") ? given.slice(given.indexOf("=") + 1) : true;
};
const port = Number(option("port", 8123));
const hz = Number(option("hz", 4));
const home = new URL("../../../", import.meta.url).pathname;
const dir = join(home, String(option("dir", "target/dev")));
const web = join(home, "src/main/web");
const nodeCount = Number(option("nodes", 12));
const world = new World({
  nodes: nodeCount,
  tasks: Number(option("tasks", 60)),
  empty: Boolean(option("empty", false)),
  demo: Boolean(option("demo", false)),
});
const weather = { down: false, quiet: false, unauthorized: false, build: "1", full: false };
const streams = new Set();

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'none'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

setInterval(() => {
  world.step({ arrivals: nodeCount > 100 ? 0.9 : 0.12, busyShare: nodeCount > 100 ? 0.12 : 0.6 });
  for (const stream of streams) stream.send();
}, 1000 / hz);

function json(response, status, body, headers = {}) {
  const text = body === undefined ? "" : JSON.stringify(body);
  const type = status >= 400 ? "application/problem+json" : "application/json";
  const zipped = text.length > 2000 ? gzipSync(text, { level: 1 }) : null;
  response.writeHead(status, {
    "Content-Type": type,
    "Cache-Control": "no-store",
    ...(zipped ? { "Content-Encoding": "gzip" } : {}),
    ...headers,
  });
  response.end(zipped ?? text);
}

const problem = (response, status, title, detail, more = {}, headers = {}) =>
  json(response, status, { type: "about:blank", title, status, detail, ...more }, headers);

const session = () => ({
  user: "admin",
  env: "dev",
  version: "0.1.0",
  build: weather.build,
  defaultPassword: Boolean(option("default-password", false)),
  demo: world.demo,
  limits: {
    pending: world.limit,
    history: 50,
    maxAttempts: 3,
    maxRunSeconds: 3600,
    maxWaitSeconds: 86400,
    maxCacheBytes: 64 * 1024 ** 3,
    maxBodyBytes: 64 * 1024 ** 2,
  },
  settings: [
    { name: "COMFY_ROUTER__PORT", value: String(port), source: "environment" },
    { name: "COMFY_ROUTER__PASSWORD", value: "set", source: "environment" },
    { name: "COMFY_ROUTER__HISTORY_LIMIT", value: "50", source: "default" },
  ],
});

function state() {
  const all = [...world.tasks.values()].sort((a, b) => b.number - a.number);
  const active = all.filter((task) => task.status === "pending" || task.status === "running");
  const ended = all.filter((task) => task.status !== "pending" && task.status !== "running").slice(0, 200);
  return {
    since: `${world.epoch}-${world.v}`,
    now: new Date().toISOString(),
    build: weather.build,
    nodes: [...world.nodes.values()],
    tasks: [...active, ...ended].map((task) => world.list(task)),
    downloads: [...world.downloads.values()],
    ...world.totals(),
  };
}

function events(request, response, since) {
  const [epoch, from] = since.split("-");
  response.writeHead(200, {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  const write = (event, data, id) =>
    response.write(`event: ${event}\n${id ? `id: ${id}\n` : ""}data: ${JSON.stringify(data)}\n\n`);
  const now = () => new Date().toISOString();
  write("hello", { build: weather.build, epoch: world.epoch, now: now() });
  write("ping", { now: now() });
  if (epoch !== world.epoch) {
    write("reset", {});
    return;
  }
  let seen = Number(from);
  let pinged = Date.now();
  let toldTotals = 0;
  const LIVE = ["progress", "step", "steps", "phase", "preview", "reason", "position", "etaSeconds"];
  const told = new Map();
  const stream = {
    send() {
      if (weather.quiet) return;
      const newer = (map) => [...map.values()].filter((one) => one.v > seen);
      const tasks = newer(world.tasks).map((task) => {
        const row = world.list(task);
        const rest = JSON.stringify({ ...row, v: 0, ...Object.fromEntries(LIVE.map((name) => [name, 0])) });
        const known = told.get(row.id) === rest;
        told.set(row.id, rest);
        return known ? Object.fromEntries(["id", "v", ...LIVE].map((name) => [name, row[name]])) : row;
      });
      const delta = {
        n: newer(world.nodes),
        t: tasks,
        d: newer(world.downloads),
        x: world.removed.filter((one) => one.v > seen).map((one) => one.key),
      };
      for (const name of Object.keys(delta)) if (delta[name].length === 0) delete delta[name];
      if (Object.keys(delta).length > 0) {
        if (Date.now() - toldTotals > 1000) {
          Object.assign(delta, world.totals());
          toldTotals = Date.now();
        }
        seen = world.v;
        write("delta", delta, `${world.epoch}-${seen}`);
      }
      if (Date.now() - pinged > 4000) {
        pinged = Date.now();
        write("ping", { now: now() });
      }
    },
    end: () => response.destroy(),
  };
  streams.add(stream);
  request.on("close", () => streams.delete(stream));
}

function filtered(query) {
  const status = query.get("status")?.split(",");
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const node = query.get("node");
  const url = node ? (world.nodes.get(node)?.url ?? node) : null;
  const ids = query.get("ids")?.split(",");
  return [...world.tasks.values()].filter(
    (task) =>
      (!status?.[0] || status.includes(task.status)) &&
      (!query.get("type") || task.type === query.get("type")) &&
      (!url || task.node === url) &&
      (!ids || ids.includes(task.id)) &&
      words.every((word) =>
        `#${task.number} ${task.id} ${task.prompt ?? ""} ${task.node ?? ""}`.toLowerCase().includes(word),
      ),
  );
}

function detail(task) {
  const at = (time, state, note = null) => ({
    at: time,
    state,
    attempt: state === "accepted" ? null : 1,
    node: state === "running" ? task.node : null,
    note,
  });
  const timeline = [at(task.createdAt, "accepted"), at(task.createdAt, "ready")];
  if (task.startedAt) timeline.push(at(task.startedAt, "running"));
  if (task.finishedAt) timeline.push(at(task.finishedAt, task.status));
  return {
    ...world.list(task),
    error: task.error && {
      ...task.error,
      details:
        'Traceback (most recent call last):\n  File "execution.py", line 328, in execute\ntorch.OutOfMemoryError: Allocation on device 0',
    },
    files: task.images.map((picture, n) => ({ ...picture, name: `${task.number}-${n}.png`, bytes: 412_000 })),
    params: task.params ?? {
      prompt: task.prompt,
      checkpoint: "v1-5-pruned-emaonly.safetensors",
      steps: 20,
      cfg_scale: 7,
      sampler: "euler",
      width: 512,
      height: 512,
    },
    timeline,
    attemptList: [],
    retryOf: null,
    retriedBy: null,
  };
}

const pictures = new Map();
function png(response, size, seed, share) {
  const key = `${size} ${seed} ${share}`;
  let bytes = pictures.get(key);
  if (!bytes) {
    bytes = picture(size, seed, share);
    pictures.set(key, bytes);
    if (pictures.size > 400) pictures.delete(pictures.keys().next().value);
  }
  response.writeHead(200, { "Content-Type": "image/png", "Cache-Control": "private, max-age=60, immutable" });
  response.end(bytes);
}

function page(response, path) {
  const asset = path.replace(/^\/admin\/?/, "");
  const found = [join(dir, normalize(asset)), join(web, normalize(asset))].find(
    (file) => asset && existsSync(file) && extname(file),
  );
  if (!found && extname(asset)) return problem(response, 404, "Not found", path);
  const file = found ?? join(web, "index.html");
  const zipped = gzipSync(readFileSync(file));
  response.writeHead(200, {
    "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
    "Content-Encoding": "gzip",
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  });
  response.end(zipped);
}

async function body(request) {
  let text = "";
  for await (const part of request) text += part;
  return text ? JSON.parse(text) : {};
}

function checked(url) {
  const known = [...world.nodes.values()].find((node) => node.url === url);
  const bad = /bad|refus|10/.test(url);
  return {
    url,
    normalized: url,
    known: known?.id ?? null,
    ok: !bad,
    version: bad ? null : "0.33.0",
    devices: bad ? [] : [{ name: "RTX 4090", vramTotal: 24 * 1024 ** 3, vramFree: 22 * 1024 ** 3 }],
    latencyMs: bad ? null : 4,
    files: /own/.test(url) ? "own" : "shared",
    lacks: /09/.test(url) ? [{ kind: "node", name: "FluxGuidance", neededBy: "Flux" }] : [],
    problem: bad ? "refused the connection. Is ComfyUI started with --listen?" : null,
  };
}

async function nodes(request, response, path) {
  if (path === "/cluster/nodes" && request.method === "GET")
    return json(response, 200, { nodes: [...world.nodes.values()] });
  if (path === "/cluster/nodes:check") return json(response, 200, { results: (await body(request)).urls.map(checked) });
  if (path === "/cluster/nodes") {
    const { url } = await body(request);
    const known = [...world.nodes.values()].find((node) => node.url === url);
    if (!known) world.note("act", "router", null, `Added ${url}`, "admin");
    return json(response, known ? 200 : 201, known ?? world.addNode(url, 1));
  }
  const [, id, act] = /^\/cluster\/nodes\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  const node = world.nodes.get(id);
  if (!node) return problem(response, 404, "No such node", "It has been removed.");
  if (request.method === "DELETE") {
    const mode = new URL(request.url, "http://x").searchParams.get("mode");
    if (node.running > 0 && !mode) return problem(response, 409, "The node is busy", `${node.url} runs a task.`);
    if (node.running > 0 && mode === "drain") {
      Object.assign(node, { admission: "draining", removing: true });
      return json(response, 202, world.touch(node));
    }
    world.nodes.delete(id);
    world.remove("n", id);
    return json(response, 204);
  }
  if (!act)
    return json(response, 200, {
      ...node,
      lacks: [],
      log: [{ at: node.since, text: node.status === "busy" ? "Busy" : "Idle" }],
    });
  if (act === "drain") node.admission = "draining";
  if (act === "resume") Object.assign(node, { admission: "accepting", hold: null, removing: false });
  world.note("act", `node:${id}`, node.url, act === "drain" ? "Drained" : act === "resume" ? "Resumed" : act, "admin");
  if (act === "free") return json(response, 204);
  return json(response, 200, world.touch(node));
}

async function workflow(request, response, path, query) {
  if (path === "/workflow:cancel") {
    const { dryRun, ids, ...filter } = await body(request);
    const search = new URLSearchParams(Object.entries(filter).map(([name, value]) => [name, String(value)]));
    if (ids) search.set("ids", ids.join(","));
    const matched = filtered(search).filter((task) => task.status === "pending" || task.status === "running");
    if (!dryRun) for (const task of matched) world.cancel(task);
    const samples = matched
      .slice(0, 3)
      .map(({ id, number, prompt, type, status }) => ({ id, number, prompt, type, status }));
    return json(response, 200, { matched: matched.length, cancelled: dryRun ? 0 : matched.length, samples });
  }
  if (path === "/workflow" && request.method === "GET") {
    const all = filtered(query).sort((a, b) => b.number - a.number);
    const limit = Number(query.get("limit") ?? 100);
    const cursor = Number(query.get("cursor") || Number.MAX_SAFE_INTEGER);
    const rest = all.filter((task) => task.number < cursor);
    const tasks = rest.slice(0, limit);
    return json(response, 200, {
      tasks: tasks.map((task) => world.list(task)),
      next: rest.length > limit ? String(tasks.at(-1).number) : null,
      total: all.length,
    });
  }
  if (path === "/workflow") {
    const sent = await body(request);
    if (weather.full)
      return problem(
        response,
        429,
        "The queue is full",
        `The queue is full (${world.limit} of ${world.limit}). Try again when a task has finished.`,
        {},
        { "Retry-After": "10" },
      );
    const errors = [];
    if (sent.type !== "Graph" && !sent.params?.prompt)
      errors.push({ pointer: "/params/prompt", detail: "is required" });
    if ((sent.params?.width ?? 512) % 8)
      errors.push({ pointer: "/params/width", detail: `${sent.params.width} is not a multiple of 8` });
    if (/cat/.test(sent.params?.prompt ?? ""))
      errors.push(
        { pointer: "/params/steps", detail: "must be at most 150" },
        { pointer: "/params/sampler", detail: "unknown; did you mean euler?" },
      );
    if (errors.length > 0) return problem(response, 422, "The request has mistakes", "", { errors });
    const task = world.addTask(sent);
    return json(response, 202, { id: task.id, number: task.number, url: `/workflow/${task.id}` });
  }
  const [, id, part, n, thumbnail] = /^\/workflow\/([^/]+)(?:\/(\w+))?(?:\/(\d+))?(\/thumbnail)?$/.exec(path) ?? [];
  const task = world.tasks.get(id);
  if (!task) return problem(response, 410, "This task is gone", "The router keeps the last 50 results.");
  if (part === "preview") return png(response, 128, task.number, Math.round((task.progress ?? 0) * 10) / 10);
  if (part === "files") return png(response, thumbnail ? 256 : 512, task.number + Number(n) * 1000, 1);
  if (part === "graph")
    return json(response, 200, {
      1: {
        class_type: "CheckpointLoaderSimple",
        inputs: { ckpt_name: "v1-5.safetensors" },
        _meta: { title: "Checkpoint" },
      },
    });
  if (part === "retry") {
    const next = world.addTask({ type: task.type, params: task.params ?? { prompt: task.prompt } });
    return json(response, 202, { id: next.id, number: next.number, url: `/workflow/${next.id}` });
  }
  if (request.method === "DELETE") {
    if (task.status === "pending" || task.status === "running") {
      world.cancel(task);
      return json(response, 202, world.list(task));
    }
    world.tasks.delete(id);
    world.remove("t", id);
    return json(response, 200, world.list(task));
  }
  return json(response, 200, detail(task));
}

async function cache(request, response, path) {
  if (path === "/cache") {
    const folders = [...new Set(world.files.map((file) => file.folder))].map((folder) => {
      const files = world.files.filter((file) => file.folder === folder);
      return { folder, files: files.length, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
    });
    const totals = world.totals().cache;
    return json(response, 200, {
      ...totals,
      free: 210 * 1024 ** 3,
      folders,
      files: world.files,
      downloads: [...world.downloads.values()],
      problem: null,
    });
  }
  if (path === "/cache/prefetch") {
    const { url, folder } = await body(request);
    if (/192\.168|127\./.test(url))
      return problem(response, 422, "The address is private", "Downloads may not reach private addresses.", {
        errors: [{ pointer: "/url", detail: "private address" }],
      });
    return json(response, 202, world.addDownload(url.split("/").pop() || "file", folder, 2e9, 0));
  }
  const [, download, what] = /^\/cache\/downloads\/([^/]+)\/(cancel|retry)$/.exec(path) ?? [];
  if (download) {
    const one = world.downloads.get(download);
    if (!one) return problem(response, 404, "No such download", "It has ended.");
    if (what === "retry") Object.assign(one, { status: "running", error: null, rate: 84e6 });
    else {
      world.downloads.delete(download);
      world.remove("d", download);
    }
    world.touch(one);
    return json(response, 200, one);
  }
  const [, id, act] = /^\/cache\/([^/]+)(?:\/(pin|unpin))?$/.exec(path) ?? [];
  const file = world.files.find((one) => one.id === id);
  if (!file) return problem(response, 404, "No such file", "It is not in the cache.");
  if (request.method === "DELETE") {
    if (file.leased > 0) return problem(response, 409, "The file is in use", `${file.leased} tasks use ${file.name}.`);
    world.files = world.files.filter((one) => one !== file);
    return json(response, 204);
  }
  file.pinned = act === "pin";
  return json(response, 200, file);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  const path = url.pathname;
  try {
    if (path === "/mock") {
      Object.assign(weather, await body(request));
      if (weather.down || weather.unauthorized) for (const stream of streams) stream.end();
      if (weather.notice) for (const stream of streams) stream.send();
      return json(response, 200, weather);
    }
    if (weather.down) return response.destroy();
    if (path === "/admin" || path.startsWith("/admin/")) return page(response, path);
    if (weather.unauthorized)
      return problem(response, 401, "Wrong credentials", "", {}, { "WWW-Authenticate": "ComfyRouter" });
    if (path === "/") return response.writeHead(302, { Location: "/admin" }).end();
    if (path === "/session") return json(response, 200, session());
    if (path === "/state") return json(response, 200, state());
    if (path === "/events")
      return events(request, response, request.headers["last-event-id"] ?? url.searchParams.get("since") ?? "-0");
    if (path === "/workflow-types") return json(response, 200, { types });
    if (path === "/activity") {
      const kind = url.searchParams.get("kind");
      return json(response, 200, {
        entries: world.activity.filter((one) => !kind || one.kind === kind).slice(0, 100),
        next: null,
      });
    }
    if (path.startsWith("/cluster/")) return await nodes(request, response, path);
    if (path.startsWith("/workflow")) return await workflow(request, response, path, url.searchParams);
    if (path.startsWith("/cache")) return await cache(request, response, path);
    return problem(response, 404, "Not found", path);
  } catch (error) {
    return problem(response, 400, "Bad request", `${error} (${randomUUID().slice(0, 8)})`);
  }
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/admin`));
