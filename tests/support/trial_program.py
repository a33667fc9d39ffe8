"""The program of every `Trial`: a small HTTP service with a health check, a callee and a secret.

Each trial has a copy, so that a fault can edit it.
"""

PROGRAM = """import http.server
import os
import signal
import sys
import urllib.error
import urllib.request

PREFIX = os.environ.get("PATH_PREFIX", "")
HEALTH_PATH = "/health"
HOST, PORT = os.environ["HOST"], int(os.environ["PORT"])
TOKEN = os.environ["TOKEN"]
PEER_URL = os.environ.get("PEER_URL", "")

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def peer_status():
    try:
        with urllib.request.urlopen(PEER_URL, timeout=1) as answer:
            return answer.status
    except (OSError, ValueError) as error:
        print(f"ERROR call of {PEER_URL} failed: {error}", file=sys.stderr, flush=True)
        return 503


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = 404
        if self.path == HEALTH_PATH:
            status = 200
        elif self.path == f"{PREFIX}/hello":
            status = 200
        elif self.path == f"{PREFIX}/peer":
            status = peer_status()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, form, *arguments):
        print("INFO request " + form % arguments, flush=True)


server = http.server.ThreadingHTTPServer((HOST, PORT), Handler)
print(f"INFO listening on {HOST}:{PORT}", flush=True)
server.serve_forever()
"""
