"""What it costs to find where messages belong, against how many tickets there are.

Run it by hand: `python -m tests.benchmarks.bench_matching [--sizes 10000 100000] [--store URL]`. It
needs nothing but the project. A store is filled with tickets of a year, on all services of the
catalogue, each found by service, time and name as the gateway writes them; then batches of messages
of every kind are matched in transactions that are taken back. Milliseconds a message, median and
95th percentile of the batches, for each size: they should hardly grow. The processor's share of
them is what counts where other work runs.
"""

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from classifiers import Grouping, Reading, load_house
from gateway.config import shipped
from gateway.incidents import threads
from gateway.incidents.asked import Asked
from gateway.incidents.leads import Leads
from gateway.incidents.signals import Profile, signal_of
from gateway.model import Address, Message
from gateway.store.database import Database
from gateway.store.schema import upgrade
from tests.benchmarks.bench_accept import say

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
BATCH, ROUNDS, AT_ONCE = 20, 40, 5_000
SAID = [
    "the",
    "page",
    "times",
    "out",
    "office",
    "users",
    "cannot",
    "open",
    "claims",
    "after",
    "noon",
    "code",
    "upload",
    "slow",
    "spinner",
]


def fill(database: Database, services: list[str], have: int, size: int, rng: random.Random) -> None:
    """Tickets from number `have` up to `size`."""
    tables = SQLModel.metadata.tables
    for first in range(have, size, AT_ONCE):
        rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("ticket", "sighting", "profile", "reference", "participant")
        }
        for number in range(first + 1, min(first + AT_ONCE, size) + 1):
            at = NOW - YEAR * rng.random()
            service = rng.choice(services)
            profile = Profile(
                dict.fromkeys(rng.sample(SAID, 6), 1), families={"trouble": 1}, messages=1
            )
            rows["ticket"].append(
                {
                    "id": number,
                    "token": f"{number:016d}",
                    "title": "down",
                    "state": "closed" if rng.random() < 0.9 else "new",
                    "source": "stakeholder",
                    "event": "outage",
                    "services": [service],
                    "began_at": at,
                    "last_at": at,
                    "reach": "some",
                    "hampered": "blocked",
                    "severity": "high",
                    "windows": [],
                    "needs_review": False,
                    "priority": 0,
                    "disposition": "",
                    "disposition_rule": "",
                    "disposition_why": "",
                    "owner": "",
                    "pinned": {},
                    "signs": [],
                    "written_by": "",
                    "error": "",
                    "created_at": at,
                    "updated_at": at,
                }
            )
            for key in (service, "*"):
                rows["sighting"].append(
                    {"service": key, "ticket_id": number, "began_at": at, "last_at": at}
                )
            rows["profile"].append({"ticket_id": number, "said": profile.as_json()})
            rows["reference"].append(
                {
                    "name": f"servicenow:INC{number}",
                    "ticket_id": number,
                    "owner": "@desk.example",
                    "verified": False,
                    "recurs": False,
                }
            )
            rows["participant"].append(
                {
                    "ticket_id": number,
                    "who": f"p{number}@people.example",
                    "wrote": True,
                    "verified": False,
                }
            )
        with database.transaction() as session:
            for name, some in rows.items():
                session.execute(insert(tables[name]), some)


def batch(services: list[str], words: Grouping, size: int, rng: random.Random) -> list[Asked]:
    """Messages of a moment: reports, numbers, and some that name no service."""
    found = []
    for number in range(BATCH):
        text = (
            f"{' '.join(rng.sample(SAID, 8))} down for all of us, see INC{rng.randint(1, size):07d}"
        )
        message = Message(
            "",
            message_id=f"{rng.random()}@people.example",
            subject="it is down",
            sender=Address(f"x{number}@people.example"),
            text=text,
            reply_text=text,
        )
        named = tuple(rng.sample(services, 2)) if number % 5 else ()
        reading = Reading(
            source="stakeholder",
            event="outage",
            services=named,
            confidence={"event": 0.9, "services": 0.9},
        )
        at = NOW - YEAR * 0.5 * rng.random() if number % 4 == 0 else NOW - timedelta(minutes=number)
        party = threads.party(message, (), verified=False)
        found.append(Asked(message, (), party, signal_of(message, reading, at, words)))
    return found


def matched(session: Session, asked: list[Asked], words: Grouping) -> float:
    """Seconds to find where these belong."""
    began = time.perf_counter()
    leads = Leads(session, asked, (), has_trackers=False, words=words, mode="join")
    for one in asked:
        leads.find(one)
    return time.perf_counter() - began


def main() -> None:
    """Fill, measure, fill further."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--store", default="")
    given = parser.parse_args()
    words, rng = load_house(shipped("data")).grouping, random.Random(3)
    services = sorted(words.name_words)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(given.store or f"sqlite:///{folder}/bench.db")
        upgrade(database)
        have = 0
        for size in sorted(given.sizes):
            fill(database, services, have, size, rng)
            have = size
            each, busy = [], []
            for _ in range(ROUNDS):
                asked = batch(services, words, size, rng)
                with database.read() as session:
                    began = time.process_time()
                    each.append(matched(session, asked, words) / BATCH * 1000)
                    busy.append((time.process_time() - began) / BATCH * 1000)
                    session.rollback()
            each.sort()
            high = each[int(len(each) * 0.95)]
            say(
                f"{size:>9} tickets: {statistics.median(each):.2f} ms a message, 95 % under {high:.2f} ms;"
                f" of the processor {statistics.median(busy):.2f} ms"
            )
        database.close()


if __name__ == "__main__":
    main()
