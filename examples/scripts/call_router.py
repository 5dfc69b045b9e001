#!/usr/bin/env python3
"""A caller of the router in Python, with the standard library alone.

You learn how a task is submitted so that a repetition starts nothing twice, how it is asked for until it has ended, and
what an error looks like: every mistake of a request has a pointer.

    examples/scripts/call_router.py http://localhost:8080 admin:admin "a lighthouse in a storm" lighthouse.png
"""

import base64
import json
import sys
import time
import urllib.error
import urllib.request
import uuid


class Router:
    def __init__(self, url, login):
        self.url = url
        self.login = "Basic " + base64.b64encode(login.encode()).decode()

    def get(self, path):
        return self._send(urllib.request.Request(self.url + path))

    def submit(self, workflow):
        request = urllib.request.Request(self.url + "/workflow", data=json.dumps(workflow).encode())
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", str(uuid.uuid4()))
        return json.loads(self._send(request))["id"]

    def _send(self, request):
        request.add_header("Authorization", self.login)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def result(self, task_id):
        while True:
            task = json.loads(self.get("/workflow/" + task_id))
            if task["status"] in ("done", "error", "cancelled"):
                return task
            print(task["status"], task["reason"] or "", file=sys.stderr)
            time.sleep(1)


def main(url, login, prompt, file):
    router = Router(url, login)
    try:
        task_id = router.submit({"type": "SD15", "params": {"prompt": prompt, "checkpoint": "v1-5.safetensors"}})
    except urllib.error.HTTPError as refused:
        problem = json.load(refused)
        for mistake in problem.get("errors", []):
            print(mistake["pointer"], mistake["detail"], file=sys.stderr)
        sys.exit(problem["detail"])
    task = router.result(task_id)
    if task["status"] != "done":
        sys.exit(task["error"]["message"] if task["error"] else task["status"])
    with open(file, "wb") as out:
        out.write(router.get(task["images"][0]["url"]))
    print(file)


if __name__ == "__main__":
    main(*sys.argv[1:5])
