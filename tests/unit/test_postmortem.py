"""Post-mortems: facts where there are facts, gaps where not, and nobody named in public."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gateway import postmortem
from gateway.config import shipped
from gateway.errors import ConfigError, Permanent
from gateway.postmortem import Postmortems, lasted
from gateway.store.database import Database
from gateway.store.tables import NoticeRow, ReporterRow, TicketRow
from tests.unit.test_timeline import NOON, Desk

HEADINGS = [
    "What happened?", "Background", "Detection", "Impact", "Root causes", "Resolution",
    "Documentation links", "Action items", "Lessons learned", "Timeline (ET)",
]  # fmt: skip


class Room(Desk):
    """A ticket on which something happened, and who drafts."""

    def __init__(self, database: Database, *folders: Path) -> None:
        super().__init__(database)
        self.drafts = Postmortems(
            database, {"idme": "ID.me"}, [*folders, shipped("templates")], "America/New_York",
            {"help@agency.example"},
        )  # fmt: skip

    def happen(self) -> None:
        self.message(0, "ann.doe@people.example", source="alert", people=None)
        self.message(12, "bob.roe@people.example", people=40)
        self.note("gateway", "state new -> triaged")
        self.letter(recipient="ann.doe@people.example", sent_at=NOON + timedelta(minutes=3))
        notice = NoticeRow(
            ticket_id=self.number, kind="resolution", state="sent", drafted_by="ann",
            text="Fixed by Cy Fox on prod-db-01 (10.1.2.3). Ask help@agency.example.",
            sent_at=NOON + timedelta(hours=2),
        )  # fmt: skip
        self.add(notice)
        self.letter(notice_id=notice.id, kind="resolution", bounced_at=NOON, bounce="hard",
                    sent_at=NOON + timedelta(hours=2),
                    recipient="bob.roe@people.example")  # fmt: skip

    def change(self, **changes: Any) -> None:
        with self.database.transaction() as session:
            row = session.get_one(TicketRow, self.number)
            for name, value in changes.items():
                setattr(row, name, value)
            session.add(row)

    def draft(self, *, public: bool = False) -> str:
        return self.drafts.draft(f"TG-{self.number}", public=public).body


@pytest.fixture
def room(store: Database) -> Room:
    made = Room(store)
    made.happen()
    return made


# --- what stands in it --------------------------------------------------------------------------


@pytest.mark.parametrize("public", [False, True])
def test_it_has_the_usual_headings_in_their_order(room: Room, public: bool) -> None:
    lines = room.draft(public=public).splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == HEADINGS
    assert lines[0] == "# Post-mortem: Outage of ID.me, 20 November 2026"


def test_facts_stand_where_there_are_facts(database: Database) -> None:
    room = Room(database)
    room.happen()
    body = room.draft()
    for fact in (
        "First word of it, 2026-11-20 07:00 ET (received 2026-11-20 07:01): A monitor reports an "
        "outage: ID.me; cannot do it at all.",
        "| coming in until the first acknowledgement | 2 minutes |",
        "| 2026-11-20 07:00 | 1 | not told |\n| 2026-11-20 07:12 | 2 | 40 |",
        "| resolution | 1 | 2026-11-20 09:00 | 2026-11-20 09:00 | 1 | 1 | bob.roe",
        "Letters that came back: 1. Tell these people by another way.",
        "| coming in until it was resolved | not on record |",
    ):
        assert fact in body


def test_each_sentence_of_the_timeline_leads_to_its_source(room: Room) -> None:
    head, _, tail = room.draft().partition("## Timeline (ET)")
    lines = [line for line in tail.splitlines() if line.startswith("- ")]
    notes = [line for line in tail.splitlines() if line.startswith("[^")]
    assert head
    assert len(lines) == len(notes) >= 6
    for number, (line, note) in enumerate(zip(lines, notes, strict=True), 1):
        assert line.endswith(f"[^{number}]")
        assert note.startswith(f"[^{number}]: ")
    moments = [line[:20] for line in lines]
    assert moments == sorted(moments)
    assert notes[0] == "[^1]: message m1 (triage spool show m1)"


def test_an_incident_of_which_nothing_is_known_says_so(store: Database) -> None:
    body = Room(store).draft()
    assert "nothing on record tells how it was found" in body
    assert "Nobody was told by letter." in body
    assert "_To be written: how many people, how badly, for how long._" in body


def test_the_organization_may_have_a_form_of_its_own(store: Database, tmp_path: Path) -> None:
    (tmp_path / "postmortem.md").write_text("{{ ref }} was {{ event }}\n")
    assert Room(store, tmp_path).draft() == "TG-1 was outage\n"


@pytest.mark.parametrize("text", ["{{ nonesuch }}", "{% if %}", "{{ ref.__class__.mro() }}"])
def test_a_form_that_cannot_work_is_an_error_with_a_name(
    store: Database, tmp_path: Path, text: str
) -> None:
    (tmp_path / "postmortem.md").write_text(text)
    with pytest.raises(ConfigError, match=r"postmortem\.md"):
        Room(store, tmp_path).draft()


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_a_subject_is_never_markup(store_once: Room, subject: str) -> None:
    store_once.change(title=f"x{subject}".replace("\0", ""))
    html = MarkdownIt("commonmark").enable("table").render(store_once.draft())
    assert html.count("<h2>") == len(HEADINGS)
    assert "<a" not in html
    assert "<script" not in html


@pytest.fixture(scope="module")
def store_once(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from gateway.store.schema import upgrade

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('once') / 'store.db'}")
    upgrade(database)
    yield Room(database)
    database.close()


# --- for the public -----------------------------------------------------------------------------


def test_no_reporter_and_no_machine_is_named_in_public(room: Room) -> None:
    room.note("Dee Poe", "disposition backlog -> fix now", "Eve Low wants it")
    room.note("Dee Poe", "note", "told Eve Low")
    with room.database.transaction() as session:
        row = session.get_one(ReporterRow, 1)
        row.name = "Ann Doe"
        session.add(row)
    body = room.draft(public=True)
    for word in (
        "Ann",
        "ann.doe",
        "bob.roe",
        "Cy Fox",
        "prod-db",
        "10.1.2.3",
        "Dee",
        "Eve",
        "It is down",
    ):
        assert word not in body
    assert "\\[NAME\\] on \\[HOST\\]" in body
    assert "agency.example" in body  # published
    assert "Ann Doe" not in room.drafts.body("TG-1")[1]


def test_where_masking_fails_there_is_no_document(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postmortem.reader, "redact", lambda *_: "[REDACTED]")
    with pytest.raises(Permanent, match="masking failed"):
        room.draft(public=True)


def test_an_address_that_a_form_lets_through_stops_the_document(
    store: Database, tmp_path: Path
) -> None:
    (tmp_path / "postmortem.md").write_text("Written by ann.doe@people.example\n")
    with pytest.raises(Permanent, match="published"):
        Room(store, tmp_path).draft(public=True)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "less than a minute"), (1, "1 minute"), (61, "1 hour 1 minute"),
     (26 * 60, "1 day 2 hours"), (-5, "less than a minute")],
)  # fmt: skip
def test_how_long_it_took_is_said_in_words(minutes: int, said: str) -> None:
    assert lasted(timedelta(minutes=minutes)) == said
