"""The console's pages, on the sample mail: what is shown, what is done, what is kept from whom."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.config import ConsoleSettings
from gateway.console import incidents, messages, site
from gateway.console.messages import Piece
from gateway.model import Arrival, Envelope, Message, utcnow
from gateway.store.tables import ConsoleSessionRow
from tests.unit.console.people import HOSTILE, ORIGIN, Somebody


@pytest.fixture(scope="module")
def gateway(sampled: Gateway) -> Gateway:
    return sampled


@pytest.fixture
def ann(gateway: Gateway) -> Somebody:
    return Somebody(gateway, "ann", "administrator")


@pytest.fixture
def bob(gateway: Gateway) -> Somebody:
    return Somebody(gateway, "bob", "triager")


def ref_of(gateway: Gateway, title: str) -> str:
    (found,) = [o.ticket for o in gateway.tickets.listing() if title in o.ticket.title]
    return found.ref


def trace_of(gateway: Gateway, subject: str) -> str:
    (found,) = [row for row in gateway.spool.listing(limit=100) if subject in (row.subject or "")]
    return found.trace


def test_now_shows_the_worst_first(ann: Somebody, gateway: Gateway) -> None:
    text = ann.get("/")
    assert text.index("ID.me is down") < text.index("Your daily digest")
    assert "no relay is configured" in text
    assert "ID.me is down" in ann.get("/now")
    assert "<html" not in ann.text


def test_an_incident_tells_what_it_is_in_one_sentence(ann: Somebody, gateway: Gateway) -> None:
    text = ann.get(f"/incident/{ref_of(gateway, 'ID.me is down')}")
    assert "An outage of ID.me:" in text
    assert "2 people have written;" in text
    assert "A stakeholder reports an outage" in text
    assert "@fieldoffice.agency.example" in text
    assert "lamar.whitcombe-sato@" not in text


def test_an_incident_names_what_its_services_need_and_what_is_planned_there(
    ann: Somebody, gateway: Gateway
) -> None:
    ref = ref_of(gateway, "SIGNIN-DOWNTIME")
    text = ann.get(f"/incident/{ref}")
    assert "<dt>Planned</dt>" in text
    assert "MW-" in text
    desk = replace(gateway.desk(), depends_on={"idme": ("logingov", "idme")})
    found = incidents.find(desk, ref_of(gateway, "ID.me is down"))
    assert found.needs == ["logingov"]


def test_what_is_done_has_its_doer_on_the_record(bob: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "eBenefits")
    bob.get(f"/incident/{ref}")
    text = bob.post(f"/incident/{ref}/assign", owner="bob")
    assert f"bob owns {ref} now." in text
    line = gateway.desk().record.listing(target=ref)[0]
    assert (line.who, line.what, line.facts["owner"]) == ("bob", "assigned", "bob")
    assert gateway.tickets.details(ref).history[-1].who == "bob"


def test_an_act_can_be_undone(bob: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "#vfs-platform-support")
    before = gateway.tickets.details(ref).summary.ticket.owner
    bob.get(f"/incident/{ref}")
    assert "Undo" in bob.post(f"/incident/{ref}/assign", owner="bob")
    bob.post(f"/incident/{ref}/assign", owner=bob.hidden("owner"))
    assert gateway.tickets.details(ref).summary.ticket.owner == before


def test_who_comes_second_is_told_and_loses_nothing(
    ann: Somebody, bob: Somebody, gateway: Gateway
) -> None:
    ref = ref_of(gateway, "CHG0741183")
    for one in (ann, bob):
        one.get(f"/incident/{ref}")
    ann.post(f"/incident/{ref}/note", text="They moved it again.")
    text = bob.post(f"/incident/{ref}/note", text="Asked the vendor.")
    assert bob.status == 409
    assert "Somebody was here before you" in text
    assert "Asked the vendor.</textarea>" in text
    assert "They moved it again." in text
    bob.post(f"/incident/{ref}/note", text="Asked the vendor.")
    notes = [line.why for line in gateway.tickets.details(ref).history if line.what == "note"]
    assert notes == ["They moved it again.", "Asked the vendor."]


def test_an_impossible_move_is_told_on_the_page(bob: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "Your daily digest")
    bob.get(f"/incident/{ref}")
    text = bob.post(f"/incident/{ref}/merge", into="TG-999999")
    assert bob.status == 409
    assert "no ticket TG-999999" in text
    assert 'value="TG-999999"' in text


def test_only_an_announcer_tells_everyone(ann: Somebody, bob: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "Get Help Signing in")
    bob.get(f"/incident/{ref}")
    bob.post(f"/incident/{ref}/resolve", text="All is well again.", step="send")
    assert bob.status == 403
    assert gateway.tickets.details(ref).summary.ticket.state == "new"
    ann.get(f"/incident/{ref}")
    shown = ann.post(f"/incident/{ref}/resolve", text="All is well again.")
    assert "What would go out" in shown
    assert gateway.tickets.details(ref).summary.ticket.state == "new"
    assert "is resolved" in ann.post(
        f"/incident/{ref}/resolve", text="All is well again.", step="send"
    )
    assert gateway.tickets.details(ref).summary.ticket.state == "resolved"


def test_a_reader_only_looks(gateway: Gateway) -> None:
    rea = Somebody(gateway, "rea", "reader")
    ref = ref_of(gateway, "ID.me is down")
    assert '<h2 id="do-title">' not in rea.get(f"/incident/{ref}")
    rea.post(f"/incident/{ref}/note", text="x")
    assert rea.status == 403


def run_out(gateway: Gateway, who: str, **change: Any) -> None:
    """The sessions of somebody are over."""
    with gateway.database.transaction() as session:
        session.execute(
            update(ConsoleSessionRow)
            .where(ConsoleSessionRow.who == who)  # type: ignore[arg-type]
            .values(**(change or {"seen_at": utcnow() - timedelta(hours=3)}))
        )


def test_a_session_that_somebody_ended_keeps_nothing(gateway: Gateway) -> None:
    dan = Somebody(gateway, "dan", "triager")
    ref = ref_of(gateway, "ID.me is down")
    dan.get(f"/incident/{ref}")
    run_out(gateway, "dan", ended_at=utcnow(), ended_by="ann")
    dan.post(f"/incident/{ref}/note", text="of a thief")
    assert gateway.desk().sessions.kept("dan") is None


def test_a_lost_session_loses_no_words(gateway: Gateway) -> None:
    cat = Somebody(gateway, "cat", "triager")
    ref = ref_of(gateway, "ID.me is down")
    cat.get(f"/incident/{ref}")
    csrf = cat.hidden("csrf")
    run_out(gateway, "cat")
    words = "A long thought.\nIn two lines, about what was seen."
    data = {"csrf": csrf, "text": words, "seen": "1"}
    answer = cat.client.post(f"/incident/{ref}/note", data=data)
    assert answer.url.path == "/sign-in"
    assert answer.url.params["to"] == "/kept"
    back = cat.client.post(gateway.console_link("cat", "triager", "") + "?to=/kept")
    assert words in back.text.replace("&#39;", "'")
    assert f'action="/incident/{ref}/note"' in back.text


def test_a_ticket_is_handed_off_with_the_letter_seen_first(bob: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "#vfs-platform-support")
    bob.get(f"/incident/{ref}")
    shown = bob.post(f"/incident/{ref}/hand-off", to="owner@team.example", why="theirs")
    assert "The letter that would go out" in shown
    assert gateway.tickets.details(ref).summary.ticket.state == "new"
    bob.post(f"/incident/{ref}/hand-off", to="owner@team.example", why="theirs", step="send")
    assert gateway.tickets.details(ref).summary.ticket.state == "handed_off"
    bob.get(f"/incident/{ref}")
    assert "no owner" in bob.post(f"/incident/{ref}/hand-off", to="nobody we know")


def test_a_person_decides_otherwise(bob: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "Daily tally")
    bob.get(f"/incident/{ref}")
    bob.post(f"/incident/{ref}/decide", severity="low", disposition="backlog", why="known")
    ticket = gateway.tickets.details(ref).summary.ticket
    assert (ticket.severity, ticket.disposition) == ("low", "backlog")
    bob.get(f"/incident/{ref}")
    assert "is no severity" in bob.post(f"/incident/{ref}/decide", severity="terrible")


def test_a_message_is_split_off_and_comes_back(bob: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "ID.me is down")
    first, second = gateway.tickets.details(ref).messages
    bob.get(f"/incident/{ref}")
    assert "mark the messages" in bob.post(f"/incident/{ref}/split")
    assert "was split off" in bob.post(f"/incident/{ref}/split", message=second.trace)
    assert [one.trace for one in gateway.tickets.details(ref).messages] == [first.trace]
    new = re.findall(r"<title>(TG-\d+)", bob.text)[0]
    bob.post(f"/incident/{new}/merge", into=ref, why="the split was undone")
    assert len(gateway.tickets.details(ref).messages) == 2


def test_incidents_are_held_apart(bob: Somebody, gateway: Gateway) -> None:
    one, other = ref_of(gateway, "CHG0741183"), ref_of(gateway, "SIGNIN-DOWNTIME")
    bob.get(f"/incident/{one}")
    assert "held apart" in bob.post(f"/incident/{one}/apart", other=other)


# --- a message ----------------------------------------------------------------------------------


def test_a_message_shows_the_words_that_led_to_each_label(ann: Somebody, gateway: Gateway) -> None:
    (row,) = [r for r in gateway.spool.listing(limit=100) if r.subject == "ID.me is down"]
    text = ann.get(f"/message/{row.trace}")
    assert '<mark class="l-event"' in text
    assert "not checked" in text


def test_identifiers_are_masked_until_somebody_asks_and_that_is_on_the_record(
    gateway: Gateway, bob: Somebody
) -> None:
    row = gateway.spool.find(trace_of(gateway, "alert(1)"))
    page = f"/message/{row.trace}"
    assert "[SSN]" in bob.get(page)
    assert "6789" not in bob.text
    assert "eve@evil.example" not in bob.text
    bob.get(f"{page}/raw")
    assert bob.status == 409
    bob.get(page)
    bob.post(f"{page}/show")
    assert "[SSN]" not in bob.text
    assert "eve@evil.example" in bob.text
    assert gateway.desk().record.listing(target=row.trace)[0].who == "bob"
    assert bob.client.get(f"{page}/raw").content == HOSTILE
    rea = Somebody(gateway, "rea", "reader")
    assert "[SSN]" in rea.get(page)
    rea.get(f"{page}/raw")
    assert rea.status == 403


def test_hostile_mail_is_only_text(gateway: Gateway, bob: Somebody) -> None:
    trace = trace_of(gateway, "alert(1)")
    bob.get(f"/message/{trace}")
    text = bob.post(f"/message/{trace}/show")
    assert "<script>alert" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "and 470 more, or many" in text
    assert len(text) < 200_000
    answer = bob.client.get(f"/message/{trace}/html")
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert "down for all of us" in answer.text
    for bad in ("<script", "onload", "evil.example/track", "javascript:", "<img", "href"):
        assert bad not in answer.text
    for page in ("/", "/now"):
        assert "<script>alert" not in bob.get(page)
        assert "\u202e" not in bob.text


def test_a_reading_is_corrected_and_its_ticket_says_so(bob: Somebody, gateway: Gateway) -> None:
    trace = trace_of(gateway, "CHG0741183")
    row = gateway.spool.find(trace)
    bob.get(f"/message/{trace}")
    now = row.read_as or {}
    told = {name: now[name] for name in ("event", "reach", "hampered", "source")}
    fields = told | {"people": "40", "event": "outage", "services": "idme",
                     "windows": "2026-11-25T22:00/2026-11-26T02:00"}  # fmt: skip
    text = bob.post(f"/message/{trace}/correct", **fields)
    assert "Corrected: " in text, text
    after = gateway.spool.find(trace).read_as or {}
    assert (after["event"], after["people"], after["services"]) == ("outage", 40, ["idme"])
    assert after["windows"] == [{"start": "2026-11-26T03:00:00Z", "end": "2026-11-26T07:00:00Z"}]
    text = bob.post(f"/message/{trace}/correct", **(fields | {"people": "many"}))
    assert bob.status == 409
    assert "no number of people" in text
    assert 'value="many"' in text


def test_what_lies_across_is_shown_once() -> None:
    text = "call 555-1234 now"
    found = list(messages.cut(text, [(0, 8, "event", "w"), (8, 17, "reach", "r")],
                              [(5, 13, "PHONE")]))  # fmt: skip
    assert found == [
        Piece("call ", "event", "w"), Piece("", "event", "w", "PHONE"), Piece(" now", "reach", "r"),
    ]  # fmt: skip


def test_html_without_anything_in_it_is_empty() -> None:
    assert messages.safe_html(Message(raw_sha256="")) == ""


def test_a_message_that_waits_is_shown(gateway: Gateway, ann: Somebody) -> None:
    raw = b"From: a@b.example\nSubject: not read yet\n\nhello"
    (one,) = gateway.spool.accept([Arrival(raw, Envelope("file"), hold="a person should look")])
    text = ann.get(f"/message/{one.trace}")
    assert "a person should look" in text


@pytest.mark.parametrize("path", ["/incident/TG-99999", "/message/m-none", "/nothing"])
def test_what_is_not_there_is_said_plainly(ann: Somebody, path: str) -> None:
    assert "There is no such" in ann.get(path)
    assert ann.status == 404


def test_a_file_of_ones_own_replaces_a_template(tmp_path: Path, gateway: Gateway) -> None:
    folder = tmp_path / "console"
    folder.mkdir()
    (folder / "sign_in.html").write_text("our own door")
    settings = gateway.settings.model_copy(update={"templates": tmp_path})
    desk = gateway.desk()
    object.__setattr__(desk, "settings", settings)
    client = TestClient(site.make(desk, ConsoleSettings()), base_url=ORIGIN)
    assert client.get("/sign-in").text == "our own door"


# --- search -------------------------------------------------------------------------------------


def test_the_words_of_mail_are_found(ann: Somebody, gateway: Gateway) -> None:
    text = ann.get("/search?q=white+page")
    assert "ID.me is down" in text
    assert "Your daily digest" not in text
    text = ann.get("/search?q=SSN&in=messages")
    assert "[SSN]" in text
    assert "123-45-6789" not in text
    assert "Nothing is like that" in ann.get("/search?q=xyzzy")


def test_a_name_leads_there_at_once(ann: Somebody, gateway: Gateway) -> None:
    ref = ref_of(gateway, "ID.me is down")
    answer = ann.client.get(f"/search?q={ref.lower()}", follow_redirects=False)
    assert answer.headers["location"] == f"/incident/{ref}"


def test_filters_stay_in_the_url_from_page_to_page(
    ann: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.console.pages.search.PAGE", 3)
    text = ann.get("/search?state=open")
    refs = re.findall(r"/incident/(TG-\d+)", text)
    assert len(refs) == 3
    older = re.search(r'href="(/search\?state=open&amp;before=[^"]+)" rel="next"', text)
    assert older is not None
    next_ones = re.findall(r"/incident/(TG-\d+)", ann.get(html.unescape(older[1])))
    assert len(next_ones) == 3
    assert not set(refs) & set(next_ones)
