"""The console's pages of what is kept and sent: spool, outbox, lists, record."""

import pytest

from gateway.app import Gateway
from gateway.config import RelaySettings
from gateway.model import Arrival, Envelope, Letter, utcnow
from gateway.store import suppressions
from gateway.store.tables import BreakerRow, ListNoticeRow, SubscriptionRow
from tests.unit.console.people import Opened, Somebody

TOKEN = "Ab3_-" * 12  # as long as a reader's
BODY = f"Dear rosa@reader.example, call 555-010-1234. https://x.example/news/mine/{TOKEN}"


def letter(number: int, kind: str = "acknowledgement", subject: str = "We have it") -> Letter:
    to = f"rosa{number}@reader.example"
    raw = f"From: t@g.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\n{BODY}\r\n".encode()
    return Letter(
        key=f"k{kind}{number}", kind=kind, recipient=to, message_id=f"{kind}{number}@g.example",
        subject=subject, sender="", raw=raw,
    )  # fmt: skip


def hand_in(gateway: Gateway, subject: str, hold: str | None = None) -> str:
    raw = f"From: rosa@reader.example\nSubject: {subject}\n\nHello".encode()
    envelope = Envelope("file", "rosa@reader.example")
    return gateway.spool.accept([Arrival(raw, envelope, hold=hold)])[0].trace


def write(gateway: Gateway, *letters: Letter, hold: str | None = "for a person") -> list[int]:
    with gateway.database.transaction() as session:
        gateway.outbox.enqueue(session, letters, hold=hold)
    keys = {one.key for one in letters}
    return [row.id or 0 for row in gateway.outbox.listing(limit=500) if row.key in keys]


@pytest.fixture(scope="module")
def gateway(opened: Opened) -> Gateway:
    return opened(relay=RelaySettings(url="smtp://127.0.0.1:9"))


@pytest.fixture(scope="module")
def ann(gateway: Gateway) -> Somebody:
    return Somebody(gateway, "ann", "administrator")


@pytest.fixture(scope="module")
def bob(gateway: Gateway) -> Somebody:
    return Somebody(gateway, "bob", "triager")


@pytest.fixture(scope="module")
def rea(gateway: Gateway) -> Somebody:
    return Somebody(gateway, "rea", "reader")


def test_empty_pages_say_what_to_do_next(ann: Somebody) -> None:
    assert "triage ingest" in ann.get("/spool")
    assert "No message is held" in ann.get("/spool?state=held")
    assert "No letter has been written" in ann.get("/outbox")
    assert "set aside" in ann.get("/outbox?state=failed")
    assert "Ask for one below" in ann.get("/lists")
    assert "triage subscribers import" in ann.get("/lists/readers")
    assert "Every address gets news" in ann.get("/lists/suppressed")
    assert "by that name" in ann.get("/record?who=nobody")


# --- the spool ----------------------------------------------------------------------------------


def test_held_messages_stand_with_their_reason_and_are_released(
    gateway: Gateway, ann: Somebody, bob: Somebody
) -> None:
    first, second = (hand_in(gateway, f"odd {n}", hold="too deep: ask a@b.example") for n in "12")
    text = bob.get("/spool?state=held")
    assert "too deep" in text
    assert "rosa@reader.example" not in text
    assert "a@b.example" not in text
    assert 'href="/spool?state=held"' in ann.get("/")
    assert "checked" not in text
    assert bob.get("/spool?state=held&mark=all").count(" checked>") == 2
    text = bob.post("/spool/release", message=[first, second], state="held")
    assert "2 messages wait to be worked on." in text
    assert [gateway.spool.find(one).state for one in (first, second)] == ["accepted"] * 2
    line = gateway.desk().record.listing(who="bob")[0]
    assert (line.what, line.facts["messages"]) == ("released messages", [first, second])
    assert "not held" in ann.post("/spool/release", message=[first])
    assert ann.status == 409


def test_one_of_them_is_released_on_its_own_page(gateway: Gateway, bob: Somebody) -> None:
    trace = hand_in(gateway, "odd alone", hold="a person should look")
    assert 'action="/spool/release"' in bob.get(f"/message/{trace}")
    fields = {"message": trace, "from": "message"}
    assert f"Message {trace} waits to be worked on." in bob.post("/spool/release", **fields)


def test_where_one_message_cannot_be_released_none_is(gateway: Gateway, bob: Somebody) -> None:
    held, waits = hand_in(gateway, "odd 3", hold="why"), hand_in(gateway, "plain")
    bob.post("/spool/release", message=[held, waits])
    assert bob.status == 409
    assert gateway.spool.find(held).state == "held"
    bob.post("/spool/replay", message=[held, waits])
    assert bob.status == 409
    assert "read again; its ticket is kept" in bob.post("/spool/replay", message=[held])
    assert "no message is marked" in bob.post("/spool/release")


def test_a_reader_releases_nothing(gateway: Gateway, rea: Somebody) -> None:
    trace = hand_in(gateway, "odd 4", hold="why")
    assert "Release marked" not in rea.get("/spool?state=held")
    rea.post("/spool/release", message=trace)
    assert rea.status == 403
    assert gateway.spool.find(trace).state == "held"


def test_lists_are_paged_by_key_with_each_row_once(
    gateway: Gateway, ann: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.console.custody.PAGE", 3)
    traces = [hand_in(gateway, f"many {n}", hold="many") for n in range(7)]
    found = ann.pages("/spool?state=held", r"/message/(m-\w+)")
    assert found[:7] == traces[::-1]
    assert len(found) == len(set(found))
    numbers = write(gateway, *(letter(n, "update") for n in range(7)))
    found = ann.pages("/outbox?state=held", r'href="/outbox/(\d+)"')
    assert found[:7] == [str(one) for one in numbers]
    for n in range(7):
        gateway.subscribers.add(f"r{n}@reader.example", "idme" if n else "logingov", "", "en")
    assert len(ann.pages("/lists/readers?service=idme", r"<tr><td class")) == 6
    assert len(ann.pages("/lists/readers", r"<tr><td class")) == 7


# --- the outbox ---------------------------------------------------------------------------------


def test_a_letter_shows_its_ledger_and_masks_its_reader_until_asked(
    gateway: Gateway, bob: Somebody
) -> None:
    (number,) = write(gateway, letter(20))
    text = bob.get(f"/outbox/{number}")
    assert "for a person" in text
    assert "held" in text.partition("Ledger")[2]
    assert "Dear" in text
    for hidden in ("rosa20@", "rosa@reader.example", "555-010-1234", TOKEN):
        assert hidden not in text
    bob.post(f"/outbox/{number}/show")
    assert "rosa20@reader.example" in bob.text
    assert "555-010-1234" in bob.text
    assert TOKEN not in bob.text
    assert gateway.desk().record.listing(target=f"letter {number}")[0].who == "bob"


@pytest.mark.parametrize("kind", ["sign_in", "approval", "command", "subscription_confirm"])
def test_nobody_reads_a_link_that_works_for_another(
    gateway: Gateway, ann: Somebody, kind: str
) -> None:
    (number,) = write(gateway, letter(30, kind))
    ann.get(f"/outbox/{number}")
    text = ann.post(f"/outbox/{number}/show")
    assert "works for its reader alone" in text
    assert "Dear" not in text
    assert TOKEN not in text


def test_what_would_be_released_is_seen_first(gateway: Gateway, ann: Somebody) -> None:
    numbers = write(gateway, letter(40), letter(41))
    marked = [str(one) for one in numbers]
    text = ann.post("/outbox/release", letter=marked)
    assert "2 letters would go out now" in text
    assert "rosa40@" not in text
    assert gateway.outbox.show(numbers[0]).letter.state == "held"
    assert "2 letters released." in ann.post("/outbox/release", letter=marked, step="send")
    shown = gateway.outbox.show(numbers[0])
    assert (shown.letter.state, shown.events[-1].detail) == ("queued", "by ann")
    assert "1 letter stopped" in ann.post("/outbox/stop", letter=marked[:1])
    assert gateway.outbox.show(numbers[0]).letter.state == "stopped"
    ann.post("/outbox/stop", letter=marked)
    assert ann.status == 409
    assert gateway.outbox.show(numbers[1]).letter.state == "queued"


def test_all_held_letters_go_only_if_they_are_as_many_as_were_seen(
    gateway: Gateway, ann: Somebody
) -> None:
    write(gateway, letter(50))
    count = gateway.outbox.counts()["held"]
    text = ann.post("/outbox/release", every="1")
    assert f"{count} letters would go out now" in text
    write(gateway, letter(51))
    text = ann.post("/outbox/release", every="1", step="send", count=str(count))
    assert f"{count + 1} letters would go out now" in text
    assert gateway.outbox.counts()["held"] == count + 1
    text = ann.post("/outbox/release", every="1", step="send", count=str(count + 1))
    assert f"{count + 1} letters released." in text
    assert gateway.outbox.counts()["held"] == 0


def test_a_triager_sends_nothing(gateway: Gateway, bob: Somebody) -> None:
    (number,) = write(gateway, letter(60))
    assert "An announcer can release" in bob.get(f"/outbox/{number}")
    for path in ("release", "stop", "resume"):
        bob.post(f"/outbox/{path}", letter=str(number), step="send")
        assert bob.status == 403
    assert gateway.outbox.show(number).letter.state == "held"


def test_mail_is_answered_again_after_the_loop_breaker(gateway: Gateway, ann: Somebody) -> None:
    with gateway.database.transaction() as session:
        session.add(BreakerRow(name="answers", opened_at=utcnow(), why="60 answers in a minute"))
    assert "60 answers in a minute" in ann.get("/outbox")
    assert "Mail is answered again." in ann.post("/outbox/resume")
    assert gateway.outbox.firewall().open_since is None
    assert "60 answers in a minute" not in ann.get("/outbox")
    ann.post("/outbox/resume")
    assert ann.status == 409


def test_nothing_is_done_with_a_letter_that_is_not_there(ann: Somebody) -> None:
    ann.get("/outbox/999999")
    assert ann.status == 404
    for given in ("999999", "99999999999999999999", "x"):
        ann.post("/outbox/release", letter=given, step="send")
        assert ann.status in {404, 409}


# --- lists --------------------------------------------------------------------------------------


def waits(gateway: Gateway, list_: str, **notice: str) -> int:
    """A list that we asked for asks whether we mean it."""
    gateway.subscribing.subscribe(list_, "ann")
    trace = hand_in(gateway, f"confirm {list_}")
    with gateway.database.transaction() as session:
        subscriptions = gateway.subscribing.listing()[0]
        (one,) = [row for row in subscriptions if row.list == list_]
        row = ListNoticeRow(
            message_id=gateway.spool.find(trace).id or 0, subscription_id=one.id, kind="confirm",
            list=list_, state="waits", **notice,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id or 0


def test_a_list_is_asked_for_and_confirmed_by_a_letter(gateway: Gateway, bob: Somebody) -> None:
    text = bob.post("/lists/subscribe", list="not a list", system="page")
    assert bob.status == 409
    assert 'value="not a list"' in text
    number = waits(gateway, "news@lists.example", mail_to="news-confirm@lists.example",
                   mail_subject="confirm 1", mail_body="confirm 1")  # fmt: skip
    text = bob.get("/lists")
    assert 'by a letter to <bdi dir="auto">lists.example<' in text
    assert "Confirmed news@lists.example by a letter" in bob.post(f"/lists/{number}/confirm")
    assert gateway.outbox.listing()[0].recipient == "news-confirm@lists.example"
    states = {row.list: row.state for row in gateway.subscribing.listing()[0]}
    assert states["news@lists.example"] == "confirming"


def test_a_link_that_confirms_is_shown_and_not_on_the_record(
    gateway: Gateway, bob: Somebody
) -> None:
    link = "https://lists.example/confirm/s3cret"
    number = waits(gateway, "dev@lists.example", link=link)
    assert "s3cret" not in bob.get("/lists")
    assert f'href="{link}"' in bob.post(f"/lists/{number}/confirm")
    (line, *_) = gateway.desk().record.listing(target="dev@lists.example")
    assert "s3cret" not in str(line.facts)


def test_a_link_that_is_no_link_of_the_web_cannot_be_pressed(
    gateway: Gateway, bob: Somebody
) -> None:
    number = waits(gateway, "odd@lists.example", link="javascript:alert(1)")
    text = bob.post(f"/lists/{number}/confirm")
    assert "javascript:alert(1)" in text
    assert 'href="javascript' not in text


def test_what_nobody_asked_for_is_never_confirmed(gateway: Gateway, bob: Somebody) -> None:
    trace = hand_in(gateway, "confirm evil")
    with gateway.database.transaction() as session:
        row = ListNoticeRow(
            message_id=gateway.spool.find(trace).id or 0, kind="confirm", list="evil@e.example",
            mail_to="x@e.example", state="unasked",
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id
    text = bob.get("/lists")
    assert "Nobody here asked for these" in text
    assert f"/lists/{number}/confirm" not in text
    assert "nobody here asked for" in bob.post(f"/lists/{number}/confirm")
    assert bob.status == 409


def test_addresses_of_readers_are_masked_until_somebody_asks(
    gateway: Gateway, bob: Somebody, rea: Somebody
) -> None:
    gateway.subscribers.add("zoe@reader.example", "idme", "", "en")
    assert "zoe@reader.example" not in bob.get("/lists/readers?service=idme")
    assert "z\u2026@reader.example" in bob.text
    assert "zoe@reader.example" in bob.post("/lists/readers/show")
    assert gateway.desk().record.listing(target="subscribers")[0].who == "bob"
    rea.post("/lists/readers/show")
    assert rea.status == 403
    assert "zoe@" not in rea.get("/lists/readers")


def test_suppressed_addresses_get_news_again(
    gateway: Gateway, ann: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.console.custody.PAGE", 2)
    with gateway.database.transaction() as session:
        moment = utcnow()
        monkeypatch.setattr(suppressions, "utcnow", lambda: moment)  # all of one moment
        for n in range(7):
            suppressions.note(session, f"{n}gone@reader.example", "hard", "550 no such user")
    found = ann.pages("/lists/suppressed", r"(\d\u2026@reader.example)</bdi></td>")
    assert sorted(found) == [f"{n}\u2026@reader.example" for n in range(7)]
    assert "550 no such user" in ann.get("/lists/suppressed")
    text = ann.post("/lists/suppressed/remove", address="nobody@reader.example")
    assert ann.status == 409
    assert 'value="nobody@reader.example"' in text
    text = ann.post("/lists/suppressed/remove", address="3gone@reader.example")
    assert "3\u2026@reader.example gets news again." in text
    assert len(gateway.announcing.suppressed()) == 6


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "9999999999999999.1", "1.x", "\u0663.1"])
def test_a_key_that_is_none_breaks_nothing(ann: Somebody, after: str) -> None:
    for path in ("/lists/suppressed?after", "/lists/readers?after", "/spool?before",
                 "/outbox?before", "/record?before"):  # fmt: skip
        ann.get(f"{path}={after}")
        assert ann.status == 200


# --- the record ---------------------------------------------------------------------------------


def test_the_record_is_for_administrators(ann: Somebody, bob: Somebody) -> None:
    bob.get("/record")
    assert bob.status == 403
    assert 'href="/record"' not in bob.get("/")
    assert 'href="/record"' in ann.get("/")


def test_the_record_tells_who_did_what_when(gateway: Gateway, ann: Somebody) -> None:
    record = gateway.desk().record
    record.add("cat", "noted", "TG-7", "192.0.2.7", told="Noted for dan@reader.example.", note=5)
    text = ann.get("/record?who=cat")
    for shown in ("cat", "noted", 'href="/incident/TG-7"', "192.0.2.7", "note: 5"):
        assert shown in text
    assert "dan@reader.example" not in text
    record.add("dan", "noted", "TG-8")
    assert "TG-7" not in ann.get("/record?who=dan").partition("<table")[2]
    assert "TG-8" in ann.text
    assert ann.get("/record?target=TG-7").count("<tr>") == 2


def test_the_record_is_paged(
    gateway: Gateway, ann: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.console.pages.record.PAGE", 3)
    for n in range(7):
        gateway.desk().record.add("eve", f"step {n}")
    assert ann.pages("/record?who=eve", r"step (\d)") == list("6543210")


def test_hostile_words_are_only_text(gateway: Gateway, ann: Somebody) -> None:
    hand_in(gateway, "<script>alert(1)</script>\u202e", hold="<b>why</b>\u202e")
    write(gateway, letter(70, subject="<script>alert(2)</script>\u202e"), hold="<b>x</b>")
    with gateway.database.transaction() as session:
        session.add(SubscriptionRow(list="<i>list</i>", address="t@g.example", asked_by="<i>a"))
    for path in ("/spool?state=held", "/outbox?state=held", "/lists", "/record"):
        text = ann.get(path)
        for bad in ("<script>alert", "<b>", "<i>", "\u202e"):
            assert bad not in text
