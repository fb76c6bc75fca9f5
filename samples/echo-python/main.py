"""An agent that answers every call with what it was asked. Python's standard library is all it needs.

  /         (and any other path) the call as JSON
  /stream   five server-sent events, 0.2 s apart
  /health   {"status": "healthy"}

It reports to StackAgent: `running` when it starts, `success` after each call.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

AGENT_ID = os.environ.get("STACKAGENT_AGENT_ID", "echo-python")
MAX_BODY = 10 * 1024 * 1024


class Reporter(threading.Thread):
    """Sends status reports one after the other, beside the answers: a slow or missing server never delays a call."""

    def __init__(self):
        super().__init__(daemon=True)
        self._url = os.environ.get("STACKAGENT_URL", "").rstrip("/")
        self._key = os.environ.get("STACKAGENT_API_KEY", "")
        self._reports = queue.Queue(maxsize=100)

    def report(self, status, message):
        if not self._url:
            return
        try:
            self._reports.put_nowait({"agent_id": AGENT_ID, "session_topic": "echo", "status": status, "message": message[:1000]})
        except queue.Full:
            pass  # The server has been away for a hundred calls: this one isn't worth the memory.

    def drain(self, seconds):
        """Waits until everything is sent, but not for long."""
        deadline = time.monotonic() + seconds
        while self._reports.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.02)

    def run(self):
        while True:
            report = self._reports.get()
            try:
                self._send(report)
            except Exception as error:  # Whatever is wrong with a report, the agent goes on.
                print(f"Status report not delivered: {error}", file=sys.stderr, flush=True)
            finally:
                self._reports.task_done()

    def _send(self, report):
        request = urllib.request.Request(
            f"{self._url}/webhook/status",
            data=json.dumps(report).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        with urllib.request.urlopen(request, timeout=2):
            pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a byte before an idle connection is closed
    reporter = None

    def answer(self):
        path, _, query = self.path.partition("?")
        body = self.read_body()
        if body is None:
            self.close_connection = True
            self.send_json(413, {"error": f"The body is malformed or larger than {MAX_BODY} bytes."})
        elif path == "/health":
            self.send_json(200, {"status": "healthy"})
        elif path == "/stream":
            self.stream()
            self.reporter.report("success", f"{self.command} {path}")
        else:
            self.send_json(200, {
                "agent_id": AGENT_ID,
                "method": self.command,
                "path": path,
                "query": query,
                "body": body.decode("utf-8", errors="replace"),
            })
            self.reporter.report("success", f"{self.command} {path}")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def stream(self):
        self.close_connection = True  # The end of the connection is the end of the stream.
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        for number in range(1, 6):
            if number > 1:
                time.sleep(0.2)
            data = json.dumps({"agent_id": AGENT_ID, "number": number})
            self.wfile.write(f"id: {number}\ndata: {data}\n\n".encode())
            self.wfile.flush()

    def read_body(self):
        """The whole body; None when it is too large or malformed."""
        try:
            if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
                return self.read_chunks()
            length = int(self.headers.get("Content-Length", "0"))
        except ValueError:
            return None
        return self.rfile.read(length) if 0 <= length <= MAX_BODY else None

    def read_chunks(self):
        body = bytearray()
        while True:
            size = int(self.rfile.readline(1024).split(b";")[0], 16)
            if not 0 <= size <= MAX_BODY - len(body):
                return None
            body += self.rfile.read(size)
            if size == 0:
                while self.rfile.readline(8192) not in (b"\r\n", b"\n", b""):
                    pass
                return bytes(body)
            self.rfile.readline(8)

    def send_json(self, status, value):
        content = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format, *args):
        print(format % args, flush=True)


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A caller that hangs up in the middle is no fault of the agent's.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    reporter = Handler.reporter = Reporter()
    reporter.start()
    server = Server((os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8000"))), Handler)
    # shutdown() waits for serve_forever(), which this very thread is in: hence the other one.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{AGENT_ID} listens on port {server.server_address[1]}", flush=True)
    reporter.report("running", "started")
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    server.server_close()
    reporter.drain(seconds=1)


if __name__ == "__main__":
    main()
