"""The pages of notices: who would be told, what is approved, how it goes, and how it is stopped."""

import re
from itertools import count

import pytest
from sqlalchemy import update

from gateway.app import Gateway
from gateway.console import notices
from gateway.model import utcnow
from gateway.store.tables import LetterRow, NoticeRow, SubscriberRow, TicketRow
from tests.unit.console.people import Opened, Somebody

READERS = 230
_numbers = count(1)


@pytest.fixture(scope="module")
def gateway(opened: Opened) -> Gateway:
    made = opened()
    rows = [
        SubscriberRow(address=f"reader{number:03}@readers.example", service="idme",
                      language="es" if number % 10 == 0 else "en")
        for number in range(READERS)
    ]  # fmt: skip
    calm = SubscriberRow(address="calm@quiet.example", service="idme", wants="maintenance")
    with made.database.transaction() as session:
        session.add_all([*rows, calm])
    return made


@pytest.fixture
def ann(gateway: Gateway) -> Somebody:
    return Somebody(gateway, "ann@gateway.example", "announcer")


@pytest.fixture
def ref(gateway: Gateway) -> str:
    """An outage of ID.me."""
    with gateway.database.transaction() as session:
        number = next(_numbers)
        ticket = TicketRow(
            title=f"ID.me is down {number}", event="outage", services=["idme"], token=f"t{number}",
            severity="high", reach="many", hampered="blocked", source="stakeholder",
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        return ticket.ref


@pytest.fixture
def draft(gateway: Gateway, ref: str) -> int:
    notice = gateway.announcing.draft(ref, "update", "Work <b>goes</b> on.", "bob")
    return notice.id or 0


def test_news_is_drafted_from_an_incident_and_leads_to_its_page(ann: Somebody, ref: str) -> None:
    text = ann.get(f"/incident/{ref}")
    assert f'href="/announce/new?ticket={ref}"' in text
    assert f'value="{ref}"' in ann.get(f"/announce/new?ticket={ref}")
    text = ann.post("/announce/new", ticket=ref, kind="update", text="We look into it.")
    assert "Nobody has been told." in text
    assert f'Who would be told <span class="count">{READERS}</span>' in text
    assert "We look into it." in ann.get("/announce")


def test_a_draft_that_cannot_be_keeps_what_was_typed(ann: Somebody, ref: str) -> None:
    ann.get("/announce/new")
    text = ann.post("/announce/new", ticket="TG-9999", kind="update", text="Kept words")
    assert (ann.status, "Kept words" in text, 'role="alert"' in text) == (409, True, True)


def test_a_draft_shows_who_would_be_told_and_each_letter(ann: Somebody, draft: int) -> None:
    text = ann.get(f"/announce/{draft}")
    assert "subscriber:idme" in text
    assert "Work &lt;b&gt;goes&lt;/b&gt; on." in text
    assert text.count('<pre class="letter"') == 2  # English and Spanish
    assert "reader001@readers.example" not in text
    assert f"The first {notices.NAMES} by name" in text
    after = ann.get(f"/announce/{draft}/people?after={notices.NAMES}")
    assert after.count("@readers.example") == READERS - notices.NAMES
    assert "Further ones" not in after


def test_many_people_are_gathered_only_for_who_asks_to_see_them(
    ann: Somebody, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "FEW", 10)
    text = ann.get(f"/announce/{draft}")
    assert f"About {READERS + 1} people are concerned" in text
    assert "Approve for" not in text
    assert f"Approve for {READERS} people" in ann.get(f"/announce/{draft}?letters=1")
    assert f"Send to {READERS} people" in ann.post(f"/announce/{draft}/approve")
    assert "Show what differs, and its letters" in ann.text


def test_the_html_of_a_letter_stands_in_a_sandbox_of_its_own(ann: Somebody, draft: int) -> None:
    assert f'sandbox src="/announce/{draft}/letter/0"' in ann.get(f"/announce/{draft}")
    answer = ann.client.get(f"/announce/{draft}/letter/0")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "reader000@readers.example" not in answer.text
    assert ann.client.get(f"/announce/{draft}/letter/77").status_code == 404


def test_addresses_are_shown_to_an_announcer_who_asks_and_that_is_on_the_record(
    ann: Somebody, gateway: Gateway, draft: int
) -> None:
    ann.get(f"/announce/{draft}")
    assert "reader001@readers.example" in ann.post(f"/announce/{draft}/show")
    line = gateway.desk().record.listing(target=f"notice {draft}")[0]
    assert (line.who, line.what) == ("ann@gateway.example", "identifiers shown")
    reader = Somebody(gateway, "rita", "reader")
    text = reader.get(f"/announce/{draft}")
    assert "reader001@" not in text
    assert "<pre" not in text
    assert "Approve for" not in text


def test_only_announcers_let_letters_go(gateway: Gateway, draft: int) -> None:
    bob = Somebody(gateway, "bob", "triager")
    for what in ("approve", "send", "stop", "pause", "resume", "revise", "test", "show"):
        bob.get(f"/announce/{draft}")
        bob.post(f"/announce/{draft}/{what}")
        assert bob.status == 403, what
    assert gateway.announcing.show(draft).notice.state == "draft"


def approved(ann: Somebody, draft: int) -> None:
    """Approved by as many as must."""
    ann.get(f"/announce/{draft}")
    text = ann.post(f"/announce/{draft}/approve")
    assert f"Send to {READERS} people" in text


def test_a_notice_is_approved_sent_followed_and_stopped(
    ann: Somebody, gateway: Gateway, draft: int
) -> None:
    approved(ann, draft)
    text = ann.post(f"/announce/{draft}/send", at_once="1")
    assert f"On its way to {READERS} people." in text
    assert f'hx-get="/announce/{draft}/progress' in text
    assert "Stop it now" in text
    with gateway.database.transaction() as session:
        session.execute(
            update(LetterRow)
            .where(LetterRow.notice_id == draft, LetterRow.id % 2 == 0)  # type: ignore[operator]
            .values(state="sent", sent_at=utcnow())
        )
    text = ann.get(f"/announce/{draft}/progress")
    sent = gateway.announcing.show(draft).figures.sent
    assert sent > 0
    assert f'max="{READERS}" value="{sent}"' in text
    assert f"{sent} in the last minute" in text
    assert "<html" not in text
    ann.get(f"/announce/{draft}")
    text = ann.post(f"/announce/{draft}/stop", why="wrong service")
    assert "none of its letters goes any more" in text
    assert "wrong service" in text
    state = gateway.announcing.show(draft).notice.state
    answer = ann.client.get(f"/announce/{draft}/progress?was=sending")
    assert (state, answer.headers.get("hx-refresh")) == ("stopped", "true")
    assert "It goes on where it was." in ann.post(f"/announce/{draft}/resume")


def test_everything_that_is_on_its_way_is_stopped_at_once(
    ann: Somebody, gateway: Gateway, draft: int
) -> None:
    approved(ann, draft)
    ann.post(f"/announce/{draft}/send", at_once="1")
    with gateway.database.transaction() as session:
        session.execute(update(NoticeRow).where(NoticeRow.id == draft).values(state="sending"))  # type: ignore[arg-type]
    assert "Stop everything" in ann.get("/announce")
    text = ann.post("/announce/stop", why="drill")
    assert f"{draft}" in text.partition("Stopped: notices")[2].partition(".")[0]
    assert gateway.announcing.show(draft).notice.state == "stopped"


def test_who_has_not_seen_the_audience_as_it_is_does_not_approve_it(
    ann: Somebody, gateway: Gateway, draft: int
) -> None:
    ann.get(f"/announce/{draft}")
    gateway.subscribers.add("late@readers.example", "idme", "", "en")
    try:
        text = ann.post(f"/announce/{draft}/approve")
        assert (ann.status, "has changed since you looked" in text) == (409, True)
        assert gateway.announcing.show(draft).notice.state == "draft"
    finally:
        gateway.subscribers.remove("late@readers.example", "idme")


def test_who_comes_second_is_told_and_keeps_what_was_typed(
    ann: Somebody, gateway: Gateway, draft: int
) -> None:
    ann.get(f"/announce/{draft}")
    gateway.announcing.revise(draft, "Bob was faster.", "bob")
    text = ann.post(f"/announce/{draft}/revise", text="My own words")
    assert (ann.status, "somebody was here before you" in text) == (409, True)
    assert "My own words</textarea>" in text
    assert gateway.announcing.show(draft).notice.text == "Bob was faster."
    assert "version 3" in ann.post(f"/announce/{draft}/revise", text="My own words")


def test_a_test_copy_goes_to_oneself_alone(ann: Somebody, gateway: Gateway, draft: int) -> None:
    assert 'value="ann@gateway.example" required' in ann.get(f"/announce/{draft}")
    text = ann.post(f"/announce/{draft}/test", to="ann@gateway.example")
    assert "A test copy goes to" in text
    assert gateway.announcing.show(draft).counts == {}
    assert "is no mail address" in ann.post(f"/announce/{draft}/test", to="nonsense")


def test_the_ledger_of_a_sent_notice_is_paged_by_key_with_who_is_left_out(
    ann: Somebody, gateway: Gateway, draft: int
) -> None:
    approved(ann, draft)
    text = ann.get(f"/announce/{draft}")
    after = re.search(r"people\?after=(\d+)", text)
    assert after is not None
    rest = ann.get(f"/announce/{draft}/people?after={after[1]}")
    assert rest.count("@readers.example") == READERS - notices.NAMES
    told, out = gateway.announcing.reasons(draft)
    assert told["subscriber:idme"] == READERS
    assert out == {"asked for news of maintenance only": 1}
    assert "@quiet.example" in ann.get(f"/announce/{draft}/people?of=left-out")


def test_what_is_no_notice_is_said_plainly(ann: Somebody) -> None:
    for path in ("/announce/99999", "/announce/abc", f"/announce/{10**30}"):
        assert "There is no such thing" in ann.get(path)
        assert ann.status == 404


def test_an_empty_list_says_what_to_do(ann: Somebody) -> None:
    assert "Nothing has been announced." in ann.get("/announce?before=1")
