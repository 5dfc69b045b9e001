#!/usr/bin/env node
// A caller of the router in JavaScript (Node 18 or newer, nothing to install).
//
// You learn how a task is followed live: its events come as a stream that ends with the task. A browser would use
// EventSource for the same, where the page itself is behind the router's password.
//
//   examples/scripts/call-router.mjs http://localhost:8080 admin:admin "a lighthouse in a storm" lighthouse.png
import { writeFile } from "node:fs/promises";

const [router, login, prompt, file] = process.argv.slice(2);
const headers = { authorization: "Basic " + Buffer.from(login).toString("base64") };

async function call(path, options = {}) {
  const answer = await fetch(router + path, { ...options, headers: { ...headers, ...options.headers } });
  if (!answer.ok) throw new Error(`${answer.status} for ${path}: ${await answer.text()}`);
  return answer;
}

async function* events(path) {
  let text = "";
  for await (const chunk of (await call(path)).body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const whole = text.split("\n\n");
    text = whole.pop();
    for (const event of whole) {
      const name = /^event: ?(.*)$/m.exec(event)?.[1];
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      if (name && data) yield { name, data: JSON.parse(data) };
    }
  }
}

const accepted = await call("/workflow", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ type: "SD15", params: { prompt, checkpoint: "v1-5.safetensors" } }),
});
const { url } = await accepted.json();

for await (const { name, data } of events(url + "/events")) {
  if (name === "status") console.error(data.status, data.error?.message ?? "");
  if (name === "progress" && data.step) console.error(`step ${data.step} of ${data.steps}`);
}

const task = await (await call(url)).json();
if (task.status !== "done") throw new Error(task.error?.message ?? task.status);
await writeFile(file, Buffer.from(await (await call(task.images[0].url)).arrayBuffer()));
console.log(file);
