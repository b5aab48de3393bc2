"""The far side of the webhook: somebody who checks the signature and takes each id once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.trackers.webhook import sign
from tests.contracts.trackers.bench import Bench, secret_file
from tests.contracts.trackers.server import Answered, Asked, server


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    far = server("webhook")
    taken: dict[str, str] = {}
    tickets: dict[str, str] = {}

    def answer(asked: Asked) -> Answered:
        if asked.method == "HEAD":
            return 405, None
        id_, at = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
        signed = f"v1,{sign('secret', id_, at, asked.raw)}"
        if asked.headers["webhook-signature"] != signed:
            return 401, {}
        if id_ not in taken:
            taken[id_] = at
            tickets[asked.body["data"]["key"]] = str(asked.body)
        return 204, None

    far.reset(answer)
    table = {"url": f"{far.url}/hook", "secret_file": secret_file(folder)}
    yield Bench(table, lambda: dict(tickets), far)
    assert far.wrong == []
