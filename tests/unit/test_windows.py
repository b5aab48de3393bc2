"""Maintenance windows: what notices become, from the mail to the object."""

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from gateway.app import Gateway
from gateway.config import AnswerSettings, Settings, TrustSettings, WorkerSettings, shipped
from gateway.incidents import notices
from gateway.store.tables import MessageRow, WindowEventRow, WindowRow
from tests.integration.postgres import postgres_url
from tests.unit.conftest import STORES
from tests.unit.test_pipeline import ADDRESS, Desk

RULES = (
    (shipped("data") / "windows.toml").read_text()
    + """
[[trusted]]
domain = "carrier.example"
confidence = 0.0

[[trusted]]
list = "downtime.lists.example"
maintnote = true
"""
)


def settings(url: str, folder: Path) -> Settings:
    (folder / "windows.toml").write_text(RULES)
    return Settings(
        store=url,
        addresses=(ADDRESS,),
        data=folder,
        answers=AnswerSettings(to="verified"),
        trust=TrustSettings(authserv=("mx.gateway.example",)),
        workers=WorkerSettings(readers=0),
    )


@pytest.fixture(scope="module", params=STORES)
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("data")

    def opened(url: str) -> Iterator[Desk]:
        with Gateway(settings(url, folder)) as gateway:
            desk = Desk(gateway)
            yield desk
            desk.dispatcher.stop()

    if request.param == "sqlite":
        yield from opened(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}")
    else:
        with postgres_url() as url:
            yield from opened(url)


def mail(
    name: str,
    subject: str,
    body: str,
    *,
    sender: str = "notices@carrier.example",
    date: str = "Mon, 09 Mar 2026 14:00:00 +0000",
    head: str = "",
    kind: str = "text/plain; charset=utf-8",
) -> bytes:
    domain = sender.rpartition("@")[2]
    return (
        f"Authentication-Results: mx.gateway.example; dkim=pass header.d={domain};"
        f" dmarc=pass header.from={domain}\n"
        f"From: {sender}\nTo: {ADDRESS}\nSubject: {subject}\nDate: {date}\n"
        f"Message-ID: <{name}@{domain}>\n{head}Content-Type: {kind}\nMIME-Version: 1.0\n\n{body}"
    ).encode()


def windows(desk: Desk, ticket: int | None) -> list[WindowRow]:
    with desk.gateway.database.read() as session:
        query = select(WindowRow).where(WindowRow.ticket_id == ticket).order_by(col(WindowRow.id))
        return list(session.exec(query))


PLAN = (
    "Login.gov will be unavailable for maintenance on Saturday, March 14, 2026 from 10:00 PM to"
    " 11:30 PM ET.\n"
)
MOVED = (
    "The Login.gov maintenance has been rescheduled. It will now take place on Sunday, March 15,"
    " 2026 from 10:00 PM to 11:30 PM ET.\n"
)
DOWN = "I cannot sign in with Login.gov. Nobody here can.\n"
DURING = "Sun, 15 Mar 2026 02:30:00 +0000"  # of PLAN
AFTER = "Sun, 15 Mar 2026 05:00:00 +0000"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]  # year to minute


def take(desk: Desk, *mails: bytes) -> list[MessageRow]:
    """As from files: their dates are believed, however old."""
    return desk.take(*mails, door="file", sender=None)


def events(desk: Desk, row: WindowRow) -> list[str]:
    with desk.gateway.database.read() as session:
        query = select(WindowEventRow.what).where(WindowEventRow.window_id == row.id)
        return list(session.exec(query.order_by(col(WindowEventRow.id))))


@pytest.fixture(autouse=True)
def nothing_is_known(desk: Desk) -> Iterator[None]:
    """Windows of other tests are years away."""
    yield
    with desk.gateway.database.transaction() as session:
        for row in session.exec(select(WindowRow)):
            row.starts_at = row.ends_at = at(1999, 1, 1)
            row.services, row.provider, row.told_at = [], "", at(1999, 1, 1)
            row.maintenance = row.source_uid = ""


# --- what notices become -----------------------------------------------------------------------


def test_a_trusted_notice_becomes_a_window_that_is_published(desk: Desk, who: str) -> None:
    (row,) = take(desk, mail(who, "Planned maintenance: Login.gov, March 14", PLAN))
    (window,) = windows(desk, row.ticket_id)
    assert (window.starts_at, window.ends_at) == (at(2026, 3, 15, 2, 0), at(2026, 3, 15, 3, 30))
    assert (window.status, window.services, window.provider) == (
        "CONFIRMED", ["logingov"], "carrier.example"
    )  # fmt: skip
    assert window.reviewed_by == "rule: domain carrier.example"
    assert window.published is not None
    assert (f"{window.ref}: window announced", "") in desk.history(row)


def test_a_notice_of_somebody_else_waits_for_a_person(desk: Desk, who: str) -> None:
    sender = "notices@other.example"
    (row,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN, sender=sender))
    (window,) = windows(desk, row.ticket_id)
    assert (window.reviewed, window.published) == (False, None)
    assert (f"{window.ref}: window announced (to be reviewed)", "") in desk.history(row)


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (PLAN.replace(" ET", ""), notices.NO_ZONE),
        (PLAN.replace("Saturday", "Tuesday"), "The weekday and the date do not agree."),
        (PLAN.replace("from 10:00 PM to 11:30 PM", "starting at 10:00 PM"), notices.NO_END),
    ],
    ids=["no zone", "weekday", "no end"],
)
def test_what_is_unsure_is_not_published_even_if_trusted(
    desk: Desk, who: str, body: str, doubt: str
) -> None:
    (row,) = take(desk, mail(who, "Planned maintenance: Login.gov", body))
    (window,) = windows(desk, row.ticket_id)
    assert (window.reviewed, window.published) == (False, None)
    assert doubt in window.doubts
    assert any(doubt in why for _, why in desk.history(row))


def test_a_notice_that_moves_it_moves_the_same_window(desk: Desk, who: str) -> None:
    (first,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    (before,) = windows(desk, first.ticket_id)
    answer = f"In-Reply-To: <{who}@carrier.example>\n"
    take(desk, mail(f"{who}2", "Rescheduled: Login.gov maintenance", MOVED, head=answer,
                    date="Tue, 10 Mar 2026 14:00:00 +0000"))  # fmt: skip
    (window,) = windows(desk, first.ticket_id)
    assert (window.uid, window.sequence) == (before.uid, 1)
    assert (window.starts_at, window.status) == (at(2026, 3, 16, 2, 0), "RE-SCHEDULED")
    assert window.published is not None
    assert window.published["start"] == "2026-03-16T02:00:00Z"
    assert events(desk, window) == ["window announced", "window moved"]


def test_a_notice_of_the_same_sender_is_about_the_same_window(desk: Desk, who: str) -> None:
    (first,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    body = "The Login.gov maintenance planned for Saturday, March 14, 2026 has been cancelled.\n"
    take(desk, mail(f"{who}2", "CANCELLED: Login.gov maintenance", body,
                    date="Tue, 10 Mar 2026 14:00:00 +0000"))  # fmt: skip
    (window,) = windows(desk, first.ticket_id)
    assert (window.status, window.sequence) == ("CANCELLED", 1)
    assert window.published is not None
    assert window.published["status"] == "CANCELLED"


def test_an_older_notice_that_comes_late_changes_nothing(desk: Desk, who: str) -> None:
    answer = f"In-Reply-To: <{who}@carrier.example>\n"
    (late,) = take(desk, mail(f"{who}2", "Rescheduled: Login.gov maintenance", MOVED, head=answer,
                              date="Tue, 10 Mar 2026 14:00:00 +0000"))  # fmt: skip
    take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    (window,) = windows(desk, late.ticket_id)
    assert (window.starts_at, window.status) == (at(2026, 3, 16, 2, 0), "RE-SCHEDULED")
    assert events(desk, window) == ["window announced", "an older notice came late"]


def test_a_change_that_is_unsure_leaves_what_was_published(desk: Desk, who: str) -> None:
    (first,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    answer = f"In-Reply-To: <{who}@carrier.example>\n"
    body = MOVED.replace("Sunday", "Wednesday")
    take(desk, mail(f"{who}2", "Rescheduled: Login.gov maintenance", body, head=answer,
                    date="Tue, 10 Mar 2026 14:00:00 +0000"))  # fmt: skip
    (window,) = windows(desk, first.ticket_id)
    assert not window.reviewed
    assert window.starts_at == at(2026, 3, 16, 2, 0)
    assert window.published is not None
    assert window.published["start"] == "2026-03-15T02:00:00Z"


def calendar(*events: str, method: str = "PUBLISH") -> str:
    inner = "".join(f"BEGIN:VEVENT\r\n{one}END:VEVENT\r\n" for one in events)
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//carrier//EN\r\nMETHOD:{method}\r\n{inner}"
        "END:VCALENDAR\r\n"
    )


def maintnote(uid: str, day: int, sequence: int = 1, status: str = "CONFIRMED") -> str:
    return (
        f"UID:{uid}\r\nDTSTAMP:20260301T000000Z\r\nSEQUENCE:{sequence}\r\n"
        f"SUMMARY:Login.gov maintenance\r\nDTSTART:202603{day}T020000Z\r\n"
        f"DTEND:202603{day}T040000Z\r\nX-MAINTNOTE-PROVIDER:carrier.example\r\n"
        f"X-MAINTNOTE-ACCOUNT:12\r\nX-MAINTNOTE-MAINTENANCE-ID:WO-{uid}\r\n"
        f"X-MAINTNOTE-OBJECT-ID:Login.gov\r\nX-MAINTNOTE-IMPACT:OUTAGE\r\n"
        f"X-MAINTNOTE-STATUS:{status}\r\n"
    )


def notice(name: str, calendar: str, minute: int = 0) -> bytes:
    return mail(name, "Maintenance of Login.gov", calendar, kind="text/calendar; charset=utf-8",
                date=f"Mon, 09 Mar 2026 14:{minute:02}:00 +0000")  # fmt: skip


def test_a_higher_sequence_wins_and_a_lower_one_never(desk: Desk, who: str) -> None:
    (first,) = take(desk, notice(f"{who}1", calendar(maintnote(who, 14, 3)), 0))
    (again,) = take(desk, notice(f"{who}2", calendar(maintnote(who, 13, 2)), 30))
    (window,) = windows(desk, first.ticket_id)
    assert (window.starts_at, window.impact) == (at(2026, 3, 14, 2, 0), "OUTAGE")
    (moved,) = take(desk, notice(f"{who}3", calendar(maintnote(who, 15, 4)), 10))
    found = {row.id for ticket in (first, again, moved) for row in windows(desk, ticket.ticket_id)}
    (window,) = windows(desk, first.ticket_id)
    assert found == {window.id}
    assert (window.starts_at, window.sequence) == (at(2026, 3, 15, 2, 0), 1)


def test_a_calendar_that_cancels_cancels_that_window_alone(desk: Desk, who: str) -> None:
    both = calendar(maintnote(f"{who}a", 14), maintnote(f"{who}b", 21))
    (first,) = take(desk, notice(f"{who}1", both))
    assert len(windows(desk, first.ticket_id)) == 2
    off = calendar(maintnote(f"{who}b", 21, 2, "CANCELLED"), method="CANCEL")
    take(desk, notice(f"{who}2", off, 5))
    assert [row.status for row in windows(desk, first.ticket_id)] == ["CONFIRMED", "CANCELLED"]


def test_the_same_notice_read_again_changes_nothing(desk: Desk, who: str) -> None:
    (row,) = take(desk, notice(who, calendar(maintnote(who, 14))))
    (before,) = windows(desk, row.ticket_id)
    desk.gateway.spool.replay(row)
    desk.drained()
    (after,) = windows(desk, row.ticket_id)
    assert after.model_dump() == before.model_dump()
    assert events(desk, after) == ["window announced"]


# --- what they explain -------------------------------------------------------------------------


def test_a_report_within_the_window_goes_to_its_ticket(desk: Desk, who: str) -> None:
    (first,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    (report,) = take(desk, mail(f"{who}r", "Login.gov is down", DOWN, sender="ann@people.example",
                                date=DURING))  # fmt: skip
    assert report.ticket_id == first.ticket_id
    ticket = desk.ticket(first)
    filed = ticket.summary.ticket
    assert (filed.event, filed.severity) == ("maintenance", "planned")
    assert [one.address for one in ticket.reporters] == ["ann@people.example"]
    (window,) = windows(desk, first.ticket_id)
    why = f"{window.ref} of logingov (the same service) is announced for that time"
    assert ("report explained by maintenance", why) in desk.history(first)


def test_an_unreviewed_window_only_suggests(desk: Desk, who: str) -> None:
    sender = "notices@other.example"
    (first,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN, sender=sender))
    (report,) = take(desk, mail(f"{who}r", "Login.gov is down", DOWN, sender="ann@people.example",
                                date=DURING))  # fmt: skip
    assert report.ticket_id != first.ticket_id
    assert desk.ticket(report).summary.ticket.event == "outage"
    whats = [what for what, _ in desk.history(report)]
    assert "perhaps explained by maintenance" in whats


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Login.gov and VBMS are down", "Login.gov and VBMS are both down. Nobody can work.\n"),
        ("VBMS is down", "VBMS is down for everybody.\n"),
        ("Login.gov breach", f"{DOWN}After that I saw someone else's claims.\n"),
    ],
    ids=["other services too", "another service", "privacy"],
)
def test_what_is_about_more_is_not_explained_away(
    desk: Desk, who: str, subject: str, body: str
) -> None:
    (first,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    (report,) = take(desk, mail(f"{who}r", subject, body, sender="ann@people.example", date=DURING))
    assert report.ticket_id != first.ticket_id
    assert "report explained by maintenance" not in [what for what, _ in desk.history(report)]


def test_a_report_after_the_end_opens_a_ticket_that_cites_the_window(desk: Desk, who: str) -> None:
    (first,) = take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    (report,) = take(desk, mail(f"{who}r", "Login.gov is down", DOWN, sender="ann@people.example",
                                date=AFTER))  # fmt: skip
    assert report.ticket_id != first.ticket_id
    ticket = desk.ticket(report).summary.ticket
    assert ticket.needs_review
    (window,) = windows(desk, first.ticket_id)
    whys = dict(desk.history(report))
    assert whys["perhaps maintenance that overran"].startswith(f"{window.ref} of logingov ended")
    told = dict(desk.history(first))["may have overrun"]
    assert told == f"{ticket.ref} tells of trouble after the end of {window.ref}"


def test_what_a_service_depends_on_explains_it_too(desk: Desk, who: str) -> None:
    body = PLAN.replace("Login.gov", "BGS")
    (first,) = take(desk, mail(who, "Planned maintenance: BGS", body))
    (report,) = take(desk, mail(f"{who}r", "EVSS is down", "EVSS is down, nobody can open it.\n",
                                sender="ann@people.example", date=DURING))  # fmt: skip
    assert report.reading is not None
    assert report.reading["services"] == ["evss"]
    assert report.ticket_id == first.ticket_id
    whys = dict(desk.history(first))
    assert "what it depends on" in whys["report explained by maintenance"]


@pytest.mark.parametrize(
    ("subject", "body", "said"),
    [
        ("Login.gov is down", DOWN, "Login.gov is under planned maintenance until Saturday,"),
        (
            "Login.gov no funciona",
            "Hola, buenas noches. Desde hace un rato no puedo entrar con Login.gov, y nadie"
            " de mi oficina puede entrar tampoco. Muchas gracias por su ayuda.\n",
            "Login.gov está en mantenimiento programado hasta el sábado,",
        ),
    ],
    ids=["en", "es"],
)
def test_the_answer_says_that_it_is_maintenance_and_until_when(
    desk: Desk, who: str, subject: str, body: str, said: str
) -> None:
    take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    raw = mail(f"{who}r", subject, body, sender=who, date="Sat, 14 Mar 2026 19:30:00 -0700")
    take(desk, raw)
    (letter,) = desk.letters_to(who)
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    for part in message.iter_parts():
        text = " ".join(part.get_content().split())
        assert said in text
        assert "11:30 p" in text
        assert "8:30 p" in text  # by the clock of whoever wrote


def test_the_answer_to_a_report_after_the_end_says_that_the_work_may_have_overrun(
    desk: Desk, who: str
) -> None:
    take(desk, mail(who, "Planned maintenance: Login.gov", PLAN))
    take(desk, mail(f"{who}r", "Login.gov is down", DOWN, sender=who, date=AFTER))
    (letter,) = desk.letters_to(who)
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    for part in message.iter_parts():
        text = " ".join(part.get_content().split())
        assert "Planned maintenance of Login.gov was announced until Saturday," in text
        assert "It may have taken longer" in text


def test_the_answer_about_an_unreviewed_window_says_may(desk: Desk, who: str) -> None:
    sender = "notices@other.example"
    take(desk, mail(who, "Planned maintenance: Login.gov", PLAN, sender=sender))
    take(desk, mail(f"{who}r", "Login.gov is down", DOWN, sender=who, date=DURING))
    (letter,) = desk.letters_to(who)
    message = email.message_from_bytes(letter.raw, policy=email.policy.default)
    text = " ".join(next(iter(message.iter_parts())).get_content().split())
    assert "This may be because of planned maintenance: Login.gov may be under" in text
    assert "It is at the top" in text or "We rank this" in text
