"""A language model that speaks the OpenAI protocol and always says the same."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

ANSWER = "This is the fake model's answer."


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send({"data": [{"id": "default"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if texts := body.get("input"):
            data = [{"index": n, "embedding": [float(len(t))]} for n, t in enumerate(texts)]
            self._send({"data": data})
        else:
            self._send({"choices": [{"message": {"role": "assistant", "content": ANSWER}}]})

    def _send(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Leave the terminal to the service."""


@contextmanager
def fake_model() -> Iterator[str]:
    """Run the model in a thread; yield its base URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()
