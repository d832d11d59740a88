"""The order book over HTTP."""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.book import OrderBook
from app.orders import OrderError, StateConflict, UnknownOrder

MOST_BODY_BYTES = 64 * 1024
STATUS_OF = {UnknownOrder: 404, StateConflict: 409}


class OrderServer(ThreadingHTTPServer):
    """Listens once it is made; port 0 is any free one."""

    # Closing the server waits until the requests in progress are answered.
    daemon_threads = False

    def __init__(self, host: str, port: int, commit: str, book: OrderBook | None = None) -> None:
        self.commit = commit
        self.book = book or OrderBook()
        super().__init__((host, port), Handler)


class Handler(BaseHTTPRequestHandler):
    server: OrderServer
    server_version = "orders"
    # Of a client that says nothing, in seconds.
    timeout = 10

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def _get(self) -> tuple[int, dict]:
        if self.path == "/healthz":
            return 200, {"status": "ok"}
        if self.path == "/version":
            return 200, {"commit": self.server.commit}
        if number := re.fullmatch(r"/orders/(\d{1,9})", self.path):
            return 200, self.server.book.find(int(number[1]))
        return 404, {"error": "not found"}

    def _post(self) -> tuple[int, dict]:
        if self.path == "/orders":
            return 201, self.server.book.place(self._json().get("items"))
        if moved := re.fullmatch(r"/orders/(\d{1,9})/state", self.path):
            return 200, self.server.book.move(int(moved[1]), str(self._json().get("state")))
        return 404, {"error": "not found"}

    def _json(self) -> dict:
        length = self.headers.get("content-length", "0")
        if not re.fullmatch(r"\d{1,9}", length) or int(length) > MOST_BODY_BYTES:
            raise OrderError(f"an order has a length of at most {MOST_BODY_BYTES} bytes")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except ValueError:
            raise OrderError("the body is not JSON") from None
        if not isinstance(body, dict):
            raise OrderError("the body is not a JSON object")
        return body

    def _answer(self, route) -> None:
        try:
            status, body = route()
        except OrderError as error:
            status, body = STATUS_OF.get(type(error), 422), {"error": str(error)}
        except Exception as error:  # a bug must not look like a lost connection
            self.log_error("%r", error)
            status, body = 500, {"error": "something went wrong"}
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        print(format % args, file=sys.stderr, flush=True)
