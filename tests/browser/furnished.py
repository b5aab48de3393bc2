"""A gateway in which every page has something to show: ordinary, much, and hostile."""

from datetime import timedelta
from pathlib import Path

from gateway.app import Gateway
from gateway.config import shipped
from gateway.incidents import subscribers
from gateway.incidents.subscribers import Choice, Consent
from gateway.incidents.window_book import Changes
from gateway.model import Arrival, Envelope, Letter, utcnow
from gateway.store import suppressions
from gateway.store.tables import ListNoticeRow, TicketRow
from tests.browser.serving import take_in

OVERRIDE = "\u202e"
HOSTILE_SUBJECT = f"{OVERRIDE}<script>document.title='owned'</script>" + "x" * 3000
MANY = ", ".join(f"p{number}@people.example" for number in range(10_000))
HOSTILE = f"""From: "{OVERRIDE}Eve <b>" <eve@evil.example>
To: {MANY}
Subject: {HOSTILE_SUBJECT}
Message-ID: <hostile@evil.example>
Content-Type: text/html; charset=utf-8

<html><body onload="document.title='owned'"><script>document.title='owned'</script>
<p>The site is down for all of us. {"w" * 900} <img src="https://evil.example/a.png">
SSN 123-45-6789 {OVERRIDE}gnihton</p></body></html>
""".encode()
ADA = "ada@people.example"


def furnish(gateway: Gateway, folder: Path, *, much: int = 6) -> str:
    """Mail, news, windows, lists and what is held; the reference of the outage."""
    hostile = folder / "hostile.eml"
    hostile.write_bytes(HOSTILE)
    take_in(gateway, [shipped("data") / "samples", hostile])
    outage = next(o.ticket.ref for o in gateway.tickets.listing() if "ID.me" in o.ticket.title)
    other = next(o.ticket.ref for o in gateway.tickets.listing() if "eBenefits" in o.ticket.title)
    _tickets(gateway, much)
    _readers(gateway, much)
    _windows(gateway)
    for kind, text in (("update", f"We look into it. {OVERRIDE}<b>"), ("opened", "It is down.")):
        notice = gateway.announcing.draft(outage, kind, text, "bob")
    gateway.announcing.approve(notice.id or 0, "ann@house.example", "console")
    gateway.announcing.send(notice.id or 0, "ann@house.example", at_once=True)
    drafted = gateway.announcing.draft(other, "update", "Somebody looks into it.", "bob")
    gateway.announcing.approve(drafted.id or 0, "ann@house.example", "console")
    _held(gateway, much)
    return outage


def _tickets(gateway: Gateway, much: int) -> None:
    with gateway.database.transaction() as session:
        for number in range(much):
            session.add(
                TicketRow(
                    title=f"Nobody gets beyond the second step of the form, attempt {number}",
                    token=f"t{number}", source="stakeholder", event="outage", services=["idme"],
                    severity="medium", reach="many", people=number * 1000, hampered="degraded",
                    owner="somebody.with.a.long.name@house.example" if number % 3 else None,
                    needs_review=number % 4 == 0, created_at=utcnow() - timedelta(hours=number),
                )
            )  # fmt: skip


def _readers(gateway: Gateway, much: int) -> None:
    with gateway.database.transaction() as session:
        subscribers.subscribe(session, ADA, Choice(("idme", "vbms")), Consent("page"))
        for number in range(much):
            address = f"reader{number}@readers.example"
            subscribers.subscribe(session, address, Choice(("idme",)), Consent("page"))
            if number % 2:
                suppressions.note(session, address, "hard", "550 no such user")


def _windows(gateway: Gateway) -> None:
    soon = utcnow().replace(microsecond=0) + timedelta(hours=2)
    for hours in (0, 1, 30):
        start = soon + timedelta(hours=hours)
        said = Changes(start=start, end=start + timedelta(hours=4), services=("idme",))
        gateway.windows.add(said, "ann")


def _held(gateway: Gateway, much: int) -> None:
    """Messages, letters, and lists that ask back."""
    gateway.subscribing.subscribe("news@lists.example", "ann")
    arrivals = [
        Arrival(f"From: r@reader.example\nSubject: odd {n}\n\nHello".encode(),
                Envelope("file", "r@reader.example"), hold="too deep: a person should look")
        for n in range(much)
    ]  # fmt: skip
    kept = gateway.spool.accept(arrivals)
    (subscription,) = gateway.subscribing.listing()[0]
    raw = b"From: t@g.example\r\nTo: r@reader.example\r\nSubject: We have it\r\n\r\nDear reader\r\n"
    letters = [
        Letter(key=f"k{n}", kind="acknowledgement", recipient=f"r{n}@reader.example",
               message_id=f"k{n}@g.example", subject=HOSTILE_SUBJECT[:400], sender="", raw=raw)
        for n in range(3)
    ]  # fmt: skip
    with gateway.database.transaction() as session:
        gateway.outbox.enqueue(session, letters, hold="for a person")
        for one, state in zip(kept, ("waits", "unasked"), strict=False):
            session.add(
                ListNoticeRow(
                    message_id=gateway.spool.find(one.trace).id or 0, kind="confirm",
                    subscription_id=subscription.id, list="news@lists.example", state=state,
                    mail_to="news-confirm@lists.example", mail_subject="confirm 1",
                )
            )  # fmt: skip
