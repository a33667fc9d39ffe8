"""A tiny service to run as a task's image."""

from __future__ import annotations

import sys
from pathlib import Path

from colonnade_sandbox.tasks.image_catalog import Image, ImageCatalog

_PROGRAM = """
import http.server, json, os, signal, socket, subprocess, sys, time

mode = os.environ.get("MODE", "good")
print(f"{mode} task starts as {socket.gethostname()} process {os.getpid()}", flush=True)
if mode == "dying":
    print("no database", file=sys.stderr)
    sys.exit(2)
if mode == "parent":
    subprocess.Popen(["sleep", os.environ["CHILD_SECONDS"]])
if mode != "stubborn":
    signal.signal(signal.SIGTERM, lambda *_: (print("SIGTERM", flush=True), os._exit(0)))

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/environment":
            body = json.dumps(dict(os.environ))
        elif self.path.startswith("/resolve/"):
            try:
                found = socket.getaddrinfo(self.path.removeprefix("/resolve/"), 80, type=socket.SOCK_STREAM)
                body = " ".join(each[4][0] for each in found)
            except OSError as error:
                body = str(error)
        else:
            body = socket.gethostname()
        self.send_response(503 if mode == "sick" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""


def tiny_image(directory: Path) -> ImageCatalog:
    """Return the image `orders`: MODE is good, sick (503), dying (exit 2), stubborn (ignores SIGTERM) or parent."""
    program = directory / "orders.py"
    program.write_text(_PROGRAM, encoding="utf-8")
    return ImageCatalog(images={"orders": Image(entry_point=(sys.executable, "-I", "-S"), command=(str(program),))})
