"""A far side over HTTP on loopback: it takes only what its vendor documents, and plays failures.

`schemas/<vendor>.json` holds, for each request that the vendor documents and we use ("POST
/things/{id}"), the header fields it needs, and JSON Schemas of its query and its body. What does
not fit is answered 422 and stands in `wrong`, which every bench asserts to be empty.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema

SCHEMAS = Path(__file__).parent / "schemas"
FAULTS = (
    "401", "403", "404", "409", "422", "429", "500", "503", "timeout", "half", "redirect",
    "garbage",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    raw: bytes

    def matches(self, pattern: str) -> re.Match[str] | None:
        return _pattern(pattern).fullmatch(f"{self.method} {self.path}")


Answered = tuple[int, Any]


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern))


class Server:
    """One vendor's far side. `answer` is what it does; it is set anew by each bench."""

    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self.schemas: dict[str, Any] = json.loads((SCHEMAS / f"{vendor}.json").read_text())
        self.reset(lambda _asked: (404, {}))
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _do(self) -> None:
                outer._serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _do  # noqa: N815

            def log_message(self, *_given: Any) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def reset(self, answer: Callable[[Asked], Answered]) -> None:
        self.answer = answer
        self.faults: list[str] = []
        self.loses_answers = False
        self.seen: list[Asked] = []
        self.wrong: list[str] = []

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(
            handler.command, parts.path, dict(parse_qsl(parts.query)), headers, _json(raw), raw
        )
        self.seen.append(asked)
        fault = self.faults.pop(0) if self.faults else ""
        if fault:
            _play(handler, fault)
            return
        found = self._validated(asked)
        if found is None:
            found = self.answer(asked)
        if self.loses_answers and not self._reads(asked):
            handler.close_connection = True
            return
        _send(handler, *found)

    def _reads(self, asked: Asked) -> bool:
        schemas = (schema for pattern, schema in self.schemas.items() if asked.matches(pattern))
        return asked.method == "GET" or any(schema.get("reads") for schema in schemas)

    def _validated(self, asked: Asked) -> Answered | None:
        """The refusal of what the vendor does not document; None for what it does."""
        for pattern, schema in self.schemas.items():
            if asked.matches(pattern):
                try:
                    for name in schema.get("headers", ()):
                        assert asked.headers.get(name), f"no {name}"
                    jsonschema.validate(dict(asked.query), _closed(schema.get("query", {})))
                    if "body" in schema:
                        jsonschema.validate(asked.body, schema["body"])
                    else:
                        assert not asked.raw, "a body where none belongs"
                except (AssertionError, jsonschema.ValidationError) as error:
                    self.wrong.append(f"{pattern}: {error}")
                    return 422, {"message": "Validation Failed"}
                return None
        self.wrong.append(f"{asked.method} {asked.path}: nothing of the kind is documented")
        return 404, {"message": "Not Found"}


def _closed(query: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": query, "additionalProperties": False}


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _send(
    handler: BaseHTTPRequestHandler, status: int, value: Any, headers: Any = (), cut: int = 0
) -> None:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    if value is None:
        content = b""
    handler.send_response(status)
    for name, said in headers:
        handler.send_header(name, said)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content) + cut))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)
    if cut:
        handler.close_connection = True


def _play(handler: BaseHTTPRequestHandler, fault: str) -> None:
    match fault:
        case "timeout":
            time.sleep(0.5)
            handler.close_connection = True
        case "half":
            _send(handler, 200, b'{"number": 1, "na', cut=100)
        case "garbage":
            _send(handler, 200, b"<html>It works!</html>")
        case "redirect":
            _send(handler, 307, {}, [("Location", "http://elsewhere.invalid/x")])
        case "429":
            _send(handler, 429, {"message": "slow down"}, [("Retry-After", "77")])
        case "503":
            _send(
                handler,
                503,
                {"message": "later"},
                [("Retry-After", "Thu, 01 Jan 2099 00:00:00 GMT")],
            )
        case _:
            _send(handler, int(fault), {"message": "no"})


@cache
def server(vendor: str) -> Server:
    """One for all tests of a process."""
    return Server(vendor)
