"""The mailbox: a thread of letters through the gateway's own outbox, each once."""

import asyncio
import time
from email import message_from_bytes, policy
from pathlib import Path

from sqlmodel import col, select

from gateway import config
from gateway.app import Gateway
from gateway.model import utcnow
from gateway.store.tables import LetterRow, ThreadRow
from tests.unit.test_mirroring import SECRETS, file_ticket, make_due

TEXT = """
store = "sqlite:///{folder}/store.db"
addresses = ["triage@gateway.example"]
[trackers.mail]
to = "board@example.org"
"""


def run(gateway: Gateway) -> None:
    async def main() -> None:
        await gateway.mirroring.start()
        end = time.monotonic() + 30
        while await asyncio.to_thread(gateway.mirroring.due, utcnow()):
            assert time.monotonic() < end, "not within 30 s"
            await asyncio.sleep(0.01)
        await gateway.mirroring.stop()

    asyncio.run(main())


def test_a_ticket_is_a_thread_and_no_letter_is_written_twice(tmp_path: Path) -> None:
    with Gateway(config.load(text=TEXT.format(folder=tmp_path))) as gateway:
        number = file_ticket(gateway.database, trackers=("mail",))
        run(gateway)
        gateway.tickets.move(str(number), "investigating", "o.perator")
        run(gateway)
        make_due(gateway.database)
        run(gateway)
        with gateway.database.read() as session:
            rows = session.exec(select(LetterRow).order_by(col(LetterRow.id))).all()
            known = set(session.exec(select(ThreadRow.message_id)))
    first, second = (message_from_bytes(one.raw, policy=policy.default) for one in rows)
    assert {one.recipient for one in rows} == {"board@example.org"}
    assert first["Auto-Submitted"] == second["Auto-Submitted"] == "auto-generated"
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["Reply-To"].startswith("triage+")
    assert {one.message_id for one in rows} <= known, "an answer comes back to the ticket"
    assert "state new -> investigating" in second.get_content()
    said = b"".join(one.raw for one in rows).decode().lower()
    assert [secret for secret in SECRETS if secret in said] == []
