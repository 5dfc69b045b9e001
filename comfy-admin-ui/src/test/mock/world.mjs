import { randomUUID } from "node:crypto";

/** A small world of nodes, tasks and downloads that moves on four times a second. Everything it says is made up. */
const PROMPTS = [
  "a lighthouse on a cliff, evening light",
  "portrait of a woman, soft window light, 85 mm",
  "isometric greenhouse full of ferns",
  "a red fox asleep in deep snow",
  "macro photograph of a brass clockwork",
  "watercolour of a harbour at dawn",
  "a library inside a hollow tree",
  "brutalist tower overgrown with ivy",
];
const GPUS = [
  ["RTX 4090", 24],
  ["RTX 3090", 24],
  ["L40S", 48],
  ["RTX A4000", 16],
];
const GIB = 1024 ** 3;

const iso = (at) => new Date(at).toISOString();

export class World {
  constructor({ nodes, tasks, empty, demo }) {
    this.epoch = randomUUID().slice(0, 4);
    this.v = 1;
    this.demo = demo;
    this.nodes = new Map();
    this.tasks = new Map();
    this.downloads = new Map();
    this.removed = [];
    this.files = [];
    this.activity = [];
    this.number = 0;
    this.limit = Math.max(25, Math.floor(tasks / 40));
    this.perMinute = Array.from({ length: 60 }, (_, i) => (empty ? 0 : Math.round(4 + 3 * Math.sin(i / 6))));
    this.lastHour = { done: empty ? 0 : 212, failed: empty ? 0 : 3 };
    this.failEvery = 17;
    if (empty) return;
    for (let i = 1; i <= nodes; i += 1) this.addNode(`http://gpu-${String(i).padStart(2, "0")}.lan:8188`, i);
    for (let i = 0; i < tasks; i += 1) this.addPast(i, tasks);
    for (let i = 0; i < 6; i += 1) this.addTask({});
    this.addDownload("flux1-dev.safetensors", "diffusion_models", 23.8 * GIB, 0.43);
    this.addDownload("t5xxl_fp16.safetensors", "text_encoders", 9.8 * GIB, 0.1);
    const failed = this.addDownload("style-of-ink.safetensors", "loras", 0.2 * GIB, 0);
    Object.assign(failed, {
      status: "failed",
      error: "the site answered 403: its licence must be accepted first",
      rate: 0,
    });
    const names = [
      "v1-5-pruned-emaonly",
      "sd_xl_base_1.0",
      "flux1-schnell",
      "ae",
      "clip_l",
      "detail-tweaker",
      "control_canny",
      "4x-UltraSharp",
    ];
    const folders = [
      "checkpoints",
      "checkpoints",
      "diffusion_models",
      "vae",
      "text_encoders",
      "loras",
      "controlnet",
      "upscale_models",
    ];
    for (let i = 0; i < 32; i += 1) {
      this.files.push({
        id: `f${i}`,
        name: `${names[i % 8]}${i < 8 ? "" : `-${Math.floor(i / 8)}`}.safetensors`,
        folder: folders[i % 8],
        bytes: Math.round([2, 6.9, 6, 0.3, 0.2, 0.1, 1.4, 0.06][i % 8] * GIB * 0.6),
        lastUsedAt: iso(Date.now() - (32 - i) * 3_600_000),
        uses: (i * 7) % 40,
        pinned: i === 3,
        leased: i > 29 ? 2 : 0,
        from: `https://models.example/${names[i % 8]}.safetensors`,
      });
    }
  }

  touch(object) {
    this.v += 1;
    object.v = this.v;
    return object;
  }

  note(kind, object, label, text, actor = "router") {
    this.activity.unshift({
      id: String(this.activity.length + 1),
      at: iso(Date.now()),
      kind,
      actor,
      object,
      label,
      text,
    });
  }

  addNode(url, i = this.nodes.size + 1) {
    const [gpu, size] = GPUS[i % GPUS.length];
    const offline = i % 11 === 7;
    const node = this.touch({
      id: randomUUID(),
      url,
      name: null,
      labels: i % 9 === 0 ? ["studio"] : [],
      status: offline ? "offline" : "idle",
      busyWith: null,
      admission: i % 13 === 4 ? "draining" : "accepting",
      hold: i === 5 ? { kind: "quarantine", until: null, reason: "failed 3 tasks in a row" } : null,
      files: "shared",
      since: iso(Date.now() - 6 * 60_000),
      version: offline ? null : "0.33.0",
      devices: offline ? [] : [{ name: gpu, vramTotal: size * GIB, vramFree: size * GIB * 0.9 }],
      running: 0,
      foreignPending: i === 6 ? 2 : 0,
      lastError: offline ? "connection refused" : null,
      failures: offline ? 72 : 0,
      doneLastHour: offline ? 0 : 12 + ((i * 13) % 30),
      minutes: Array.from({ length: 60 }, (_, m) =>
        offline && m > 53 ? "offline" : (m * 7 + i * 3) % 10 > 3 ? "busy" : "idle",
      ),
      lastCheckAt: iso(Date.now()),
      removing: false,
      simulated: this.demo,
    });
    this.nodes.set(node.id, node);
    return node;
  }

  blank(fields) {
    this.number += 1;
    const task = this.touch({
      id: randomUUID(),
      number: this.number,
      type: ["SD15", "SDXL", "Flux"][this.number % 3],
      status: "pending",
      reason: null,
      position: null,
      etaSeconds: null,
      progress: null,
      phase: null,
      step: null,
      steps: null,
      preview: null,
      images: [],
      imageCount: 0,
      error: null,
      warnings: [],
      node: null,
      attempts: 0,
      cancelRequested: false,
      seed: 1000 + this.number,
      prompt: PROMPTS[this.number % PROMPTS.length],
      createdAt: iso(Date.now()),
      startedAt: null,
      finishedAt: null,
      ...fields,
    });
    this.tasks.set(task.id, task);
    return task;
  }

  addPast(i, all) {
    const at = Date.now() - (all - i) * 20_000;
    const urls = [...this.nodes.values()];
    const task = this.blank({
      createdAt: iso(at),
      startedAt: iso(at + 2000),
      finishedAt: iso(at + 14_000),
      node: urls[i % Math.max(1, urls.length)]?.url ?? null,
      attempts: 1,
    });
    if (task.number % this.failEvery === 0) {
      task.status = "error";
      task.error = {
        class: "OutOfMemoryError",
        message: "Allocation on device 0 would exceed allowed memory. (out of memory)",
        node: "KSampler",
      };
    } else if (task.number % 23 === 0) task.status = "cancelled";
    else this.finish(task);
  }

  finish(task) {
    task.status = "done";
    const n = task.number % 5 === 0 ? 4 : 1;
    task.images = Array.from({ length: n }, (_, k) => ({
      url: `/workflow/${task.id}/files/${k}`,
      width: 512,
      height: 512,
      contentType: "image/png",
    }));
    task.imageCount = n;
    task.reason = null;
    task.progress = 1;
    task.preview = null;
  }

  addTask({ type, params }) {
    const task = this.blank({
      reason: null,
      ...(type ? { type } : {}),
      ...(params ? { prompt: (params.prompt ?? null)?.slice(0, 120) ?? null } : {}),
    });
    task.params = params ?? null;
    return task;
  }

  addDownload(name, folder, size, share) {
    const download = this.touch({
      id: randomUUID(),
      name,
      folder,
      from: "models.example",
      status: "running",
      bytes: Math.round(size * share),
      size: Math.round(size),
      rate: 84e6,
      etaSeconds: 120,
      tasks: 3,
      taskIds: [],
      error: null,
      startedAt: iso(Date.now() - 60_000),
    });
    this.downloads.set(download.id, download);
    return download;
  }

  remove(kind, id) {
    this.v += 1;
    this.removed.push({ v: this.v, key: `${kind}:${id}`, at: Date.now() });
  }

  cancel(task) {
    if (task.status !== "pending" && task.status !== "running") return;
    this.free(task);
    Object.assign(task, {
      status: "cancelled",
      finishedAt: iso(Date.now()),
      position: null,
      etaSeconds: null,
      reason: null,
      preview: null,
    });
    this.touch(task);
  }

  free(task) {
    const node = [...this.nodes.values()].find((one) => one.url === task.node);
    if (!node || task.status !== "running") return;
    Object.assign(node, { status: "idle", busyWith: null, running: 0, since: iso(Date.now()) });
    if (node.removing) {
      this.nodes.delete(node.id);
      this.remove("n", node.id);
    } else this.touch(node);
  }

  /** One quarter of a second. */
  step({ arrivals, busyShare }) {
    const now = Date.now();
    const tasks = [...this.tasks.values()];
    const running = tasks.filter((task) => task.status === "running");
    for (const task of running) {
      task.ticks += 1;
      if (task.ticks < 6) {
        task.phase = "loading model";
      } else {
        task.phase = null;
        task.step = Math.min(task.steps, Math.floor(((task.ticks - 6) / task.length) * task.steps));
        task.progress = task.step / task.steps;
        task.etaSeconds = [
          Math.max(0, (task.length - task.ticks) / 4 - 2),
          Math.max(1, (task.length + 6 - task.ticks) / 4),
        ];
        if (task.ticks % 2 === 0) task.preview = `/workflow/${task.id}/preview?v=${task.ticks}`;
      }
      if (task.ticks > task.length + 6) {
        this.free(task);
        task.finishedAt = iso(now);
        task.etaSeconds = null;
        if (task.number % this.failEvery === 0) {
          task.status = "error";
          task.error = {
            class: "OutOfMemoryError",
            message: "Allocation on device 0 would exceed allowed memory. (out of memory)",
            node: "KSampler",
          };
          task.preview = null;
          this.lastHour.failed += 1;
        } else {
          this.finish(task);
          this.lastHour.done += 1;
          this.perMinute[59] += 1;
        }
      }
      this.touch(task);
    }
    const free = [...this.nodes.values()].filter(
      (node) => node.status === "idle" && node.admission === "accepting" && !node.hold && !node.foreignPending,
    );
    const most = Math.max(1, Math.floor(free.length + running.length) * busyShare);
    let slots = Math.max(0, most - running.length);
    const pending = tasks.filter((task) => task.status === "pending").sort((a, b) => a.number - b.number);
    for (const task of pending) {
      if (slots < 1) break;
      const node = free.shift();
      if (!node) break;
      slots -= 1;
      Object.assign(task, {
        status: "running",
        node: node.url,
        startedAt: iso(now),
        attempts: 1,
        steps: 20,
        ticks: 0,
        length: 40 + (task.number % 5) * 20,
        position: null,
        reason: null,
        progress: 0,
        phase: "loading model",
      });
      Object.assign(node, { status: "busy", busyWith: "own", running: 1, since: iso(now) });
      this.touch(task);
      this.touch(node);
    }
    tasks
      .filter((task) => task.status === "pending")
      .sort((a, b) => a.number - b.number)
      .forEach((task, index) => {
        const reason =
          task.type === "Flux" && index % 2 ? "waits for flux1-dev.safetensors, 43 %" : "waits for a free node";
        if (task.position === index + 1 && task.reason === reason) return;
        Object.assign(task, { position: index + 1, reason, etaSeconds: [20 + index * 20, 40 + index * 30] });
        this.touch(task);
      });
    for (const download of this.downloads.values()) {
      if (download.status !== "running") continue;
      download.bytes = Math.min(download.size, download.bytes + download.rate / 4);
      download.etaSeconds = (download.size - download.bytes) / download.rate;
      if (download.bytes >= download.size) Object.assign(download, { status: "done", rate: 0, tasks: 0, taskIds: [] });
      this.touch(download);
    }
    if (Math.random() < arrivals) this.addTask({});
    this.removed = this.removed.filter((one) => now - one.at < 60_000);
  }

  list(task) {
    const { params, ticks, length, ...row } = task;
    return row;
  }

  counts() {
    const counts = { pending: 0, running: 0, done: 0, error: 0, cancelled: 0 };
    for (const task of this.tasks.values()) counts[task.status] += 1;
    return counts;
  }

  totals() {
    const counts = this.counts();
    let oldest = null;
    for (const task of this.tasks.values())
      if (task.status === "pending" && (!oldest || task.createdAt < oldest)) oldest = task.createdAt;
    const bytes = this.files.reduce((sum, file) => sum + file.bytes, 0);
    let rate = 0;
    for (const download of this.downloads.values()) if (download.status === "running") rate += download.rate;
    return {
      queue: { pending: counts.pending, running: counts.running, limit: this.limit, oldestPendingAt: oldest },
      counts,
      cache: { bytes, limit: 64 * GIB, rate },
      lastHour: {
        ...this.lastHour,
        perMinute: this.perMinute,
        p50: this.lastHour.done ? 11.2 : null,
        p95: this.lastHour.done ? 38 : null,
      },
    };
  }
}
