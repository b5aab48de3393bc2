"""Threads on a real store: whole ones in any order, and strangers who would like to be in them."""

import itertools
import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from classifiers import load_house
from gateway.app import Gateway
from gateway.config import AnswerSettings, Settings, WorkerSettings, shipped
from gateway.errors import InvalidState
from gateway.incidents import mirrors, threads, tickets
from gateway.incidents.asked import Asked
from gateway.incidents.leads import Leads
from gateway.incidents.references import Reference
from gateway.incidents.signals import Signal
from gateway.model import Address, Message, utcnow
from gateway.store.database import Database
from gateway.store.tables import MessageRow, MirrorRow, TicketRow
from tests.unit.test_pipeline import ADDRESS, Desk, mail

OUR_BORDER = "mx.gateway.example"
WORDS = load_house(shipped("data")).grouping
GUESSED_ID = f"TG-1.{'a' * 16}.0@gateway.example"
BODY = "Login.gov does not let anybody in since this morning.\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    settings = Settings(
        store=f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}",
        addresses=(ADDRESS,),
        answers=AnswerSettings(to="anyone", trusted_authserv=(OUR_BORDER,)),
        workers=WorkerSettings(readers=0),
    )
    with Gateway(settings) as gateway:
        desk = Desk(gateway)
        yield desk
        desk.dispatcher.stop()


def verified(raw: bytes, domain: str) -> bytes:
    return (
        f"Authentication-Results: {OUR_BORDER}; dmarc=pass header.from={domain}\r\n".encode() + raw
    )


def post(sender: str, own: str, *cited: str, to: str = ADDRESS, vouched: bool = False,
         **fields: str) -> bytes:  # fmt: skip
    """A message that answers the last of the `cited` and names the others."""
    if cited:
        fields |= {"In_Reply_To": f"<{cited[-1]}>", "References": " ".join(f"<{c}>" for c in cited)}
    raw = mail(sender, fields.pop("Subject", "Re: Login.gov"), BODY, Message_ID=f"<{own}>",
               To=to, **fields)  # fmt: skip
    return verified(raw, sender.rpartition("@")[2]) if vouched else raw


# --- a shuffled set -------------------------------------------------------------------------------


def conversations(count: int, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Messages with the name of the thread that each belongs to; some threads cite the unseen."""
    for number in range(count):
        key, house = f"t{number}-{rng.getrandbits(64):x}", f"house{number}.example"
        people = [f"{name}@{house}" for name in ("ann", "bob", "cy")] + [
            f"guest@guests{number}.example"
        ]
        vouched, is_list = number % 3 == 0, number % 3 == 1
        ids = [f"{index}.{key}@{house}" for index in range(rng.randint(3, 7))]
        answered = {0: -1} | {index: rng.randrange(index) for index in range(1, len(ids))}
        unseen = {0} if number % 4 == 0 else set()
        for index, own in enumerate(ids):
            if index in unseen:
                continue
            chain = [answered[index]] if index else []
            while chain and chain[-1] > 0:
                chain.append(answered[chain[-1]])
            cited = [ids[one] for one in reversed(chain)]
            if number % 5 == 2:
                cited = cited[-1:]  # as a client that writes no References
            fields = {"Cc": ", ".join(people)}
            if is_list:
                fields = {"List_Id": f"<talk.house{number}.example>"}
                people = [f"p{index}@home{number}-{index}.example" for index in range(len(ids))]
            who = people[index % len(people)]
            yield key, post(who, own, *cited, vouched=vouched, **fields)


def f1(together: dict[int, list[str]]) -> float:
    """Of pairs of messages, by ticket and by thread: how well the two agree."""
    of_ticket = [pair for found in together.values() for pair in itertools.combinations(found, 2)]
    right = sum(one == other for one, other in of_ticket)
    threads_ = [thread for found in together.values() for thread in found]
    wanted = sum(threads_.count(one) * (threads_.count(one) - 1) // 2 for one in set(threads_))
    return 2 * right / (len(of_ticket) + wanted)


def hostile(mails: list[tuple[str, bytes]], rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Each is a thread of its own."""
    ids = [line[13:-1].decode() for _, raw in mails for line in raw.split(b"\r\n")
           if line.startswith(b"Message-ID: <")]  # fmt: skip
    for number in range(30):
        own, who = (
            f"h{number}.{rng.getrandbits(64):x}@evil.example",
            f"m{number}@evil{number}.example",
        )
        one, other = rng.sample(ids, 2)
        cited: list[tuple[str, ...]] = [(one,), (one, other), (), (GUESSED_ID,), (), (one,)]
        to = f"triage+{'a' * 16}@gateway.example" if number % 6 == 4 else ADDRESS
        yield own, post(
            who, own, *cited[number % 6], to=to, vouched=number % 6 == 5,
            Subject="Re: Login.gov [TG-1]",
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_threads_in_any_order_are_one_ticket_each_and_strangers_stay_out(
    desk: Desk, seed: int
) -> None:
    rng = random.Random(seed)
    mails = list(conversations(20, rng))
    mails += hostile(mails, rng)
    rng.shuffle(mails)
    together: dict[int, list[str]] = {}
    rows: list[tuple[str, MessageRow]] = []
    while mails:
        batch, mails = mails[: (size := rng.randint(1, 25))], mails[size:]
        rows += zip((key for key, _ in batch), desk.take(*(raw for _, raw in batch)), strict=True)
    with desk.gateway.database.read() as session:
        for key, row in rows:
            now = session.get_one(MessageRow, row.id).ticket_id
            together.setdefault(now or -(row.id or 0), []).append(key)
    broken = {
        thread: [number for number, found in together.items() if thread in found]
        for thread, _ in rows
    }
    mixed = [found for found in together.values() if len(set(found)) > 1]
    split = {thread: numbers for thread, numbers in broken.items() if len(numbers) > 1}
    assert f1(together) == 1.0, (mixed, split)


# --- one by one -----------------------------------------------------------------------------------


@pytest.fixture
def key() -> str:
    return f"{random.getrandbits(48):x}"


def test_two_tickets_that_a_message_belongs_to_become_one(desk: Desk, key: str) -> None:
    """The grandchild comes first, then the grandparent, and last what lies between them."""
    ann, bob = f"ann@{key}.example", f"bob@{key}.example"
    (last,) = desk.take(post(bob, f"3.{key}", f"2.{key}"))
    (first,) = desk.take(post(ann, f"1.{key}"))
    assert last.ticket_id != first.ticket_id
    (middle,) = desk.take(post(ann, f"2.{key}", f"1.{key}"))
    assert middle.ticket_id == last.ticket_id
    details = desk.ticket(middle)
    assert {row.message_id for row in details.messages} == {f"{n}.{key}" for n in (1, 2, 3)}
    assert {one.address for one in details.reporters} == {ann, bob}
    assert {one.recipient for one in details.letters} == {ann, bob}
    assert len(details.letters) == 2, "nobody is acknowledged twice"
    gone = desk.gateway.tickets.details(str(first.ticket_id))
    assert (gone.summary.ticket.state, gone.messages) == ("closed", [])
    assert gone.summary.ticket.merged_into == last.ticket_id
    listed = {one.ticket.id for one in desk.gateway.tickets.listing()}
    assert last.ticket_id in listed
    assert first.ticket_id not in listed


def test_the_token_of_a_merged_ticket_leads_to_the_other(desk: Desk, key: str) -> None:
    one, other = (desk.take(post(f"ann@{n}{key}.example", f"{n}.{key}"))[0] for n in "ab")
    token = desk.ticket(other).summary.ticket.token
    desk.gateway.merge_tickets(str(other.ticket_id), str(one.ticket_id), "eve", "the same")
    (row,) = desk.take(post("new@new.example", f"c.{key}", to=f"triage+{token}@gateway.example"))
    assert row.ticket_id == one.ticket_id
    assert (f"TG-{other.ticket_id} merged into this", "the same") in desk.history(one)
    (back,) = desk.take(post(f"ann@b{key}.example", f"d.{key}", f"b.{key}"))
    assert back.ticket_id == one.ticket_id
    with pytest.raises(InvalidState, match=f"merged into TG-{one.ticket_id}"):
        desk.gateway.tickets.move(str(other.ticket_id), "investigating", "eve")
    with pytest.raises(InvalidState, match=f"merged into TG-{one.ticket_id}"):
        desk.gateway.merge_tickets(str(one.ticket_id), str(other.ticket_id), "eve", "")
    with pytest.raises(InvalidState, match="part of itself"):
        desk.gateway.merge_tickets(str(one.ticket_id), str(one.ticket_id), "eve", "")


def test_a_stranger_who_cites_a_thread_is_filed_apart_for_a_person_to_see(
    desk: Desk, key: str
) -> None:
    (first,) = desk.take(post(f"ann@{key}.example", f"1.{key}"))
    before = desk.history(first)
    (stranger,) = desk.take(post("mallory@evil.example", f"2.{key}", f"1.{key}"))
    assert stranger.ticket_id != first.ticket_id
    assert desk.history(first) == before
    whys = dict(desk.history(stranger))
    assert f"it cites TG-{first.ticket_id}, where its sender is not known" in whys["not joined"]
    assert desk.ticket(stranger).summary.ticket.needs_review
    (reply,) = desk.take(post(f"ann@{key}.example", f"3.{key}", f"1.{key}"))
    assert reply.ticket_id == first.ticket_id


def test_a_forged_name_does_not_open_the_thread_of_a_verified_sender(desk: Desk, key: str) -> None:
    ann = f"ann@{key}.example"
    (first,) = desk.take(post(ann, f"1.{key}", vouched=True))
    (forged,) = desk.take(post(ann, f"2.{key}", f"1.{key}"))
    (colleague,) = desk.take(post(f"bob@{key}.example", f"3.{key}", f"1.{key}"))
    (copied,) = desk.take(post("m@evil.example", f"4.{key}", f"1.{key}", Cc=ann))
    (true,) = desk.take(post(ann, f"5.{key}", f"1.{key}", vouched=True))
    assert true.ticket_id == first.ticket_id
    assert first.ticket_id not in {forged.ticket_id, colleague.ticket_id, copied.ticket_id}


def test_whoever_was_written_to_may_answer(desk: Desk, key: str) -> None:
    (first,) = desk.take(
        post(f"ann@{key}.example", f"1.{key}", vouched=True, Cc="Gus <Gus@Guests.example>")
    )
    (row,) = desk.take(post("gus@guests.example", f"2.{key}", f"1.{key}", vouched=True))
    assert row.ticket_id == first.ticket_id


def test_nobody_is_a_colleague_at_a_public_provider(desk: Desk, key: str) -> None:
    (first,) = desk.take(post(f"ann{key}@gmail.com", f"1.{key}"))
    (row,) = desk.take(post(f"mallory{key}@gmail.com", f"2.{key}", f"1.{key}"))
    assert row.ticket_id != first.ticket_id


def test_a_stranger_cannot_make_two_tickets_one(desk: Desk, key: str) -> None:
    one, other = (desk.take(post(f"ann@{n}{key}.example", f"{n}.{key}"))[0] for n in "ab")
    desk.take(post("m@evil.example", f"m.{key}", f"a.{key}", f"b.{key}", Cc=f"ann@a{key}.example"))
    (reply,) = desk.take(post(f"ann@a{key}.example", f"c.{key}", f"a.{key}"))
    assert reply.ticket_id == one.ticket_id
    assert desk.ticket(other).summary.ticket.merged_into is None


def test_in_reply_to_may_name_several(desk: Desk, key: str) -> None:
    (first,) = desk.take(post(f"ann@{key}.example", f"1.{key}"))
    (row,) = desk.take(
        post(f"bob@{key}.example", f"2.{key}", In_Reply_To=f"<unseen.{key}> <1.{key}>")
    )
    assert row.ticket_id == first.ticket_id


# --- trackers -------------------------------------------------------------------------------------


def test_a_message_that_names_a_trackers_copy_belongs_to_its_ticket(desk: Desk, key: str) -> None:
    there = f"https://forge.example/{key}/queue/issues/12"
    (first,) = desk.take(post(f"ann@{key}.example", f"1.{key}"))
    with desk.gateway.database.transaction() as session:
        mirrors.mark(session, [first.ticket_id or 0], ["forge"])
        (mirror,) = session.exec(
            select(MirrorRow).where(col(MirrorRow.ticket_id) == first.ticket_id)
        )
        mirror.reference = there

    def leads(message: Message, domain: str, *, vouched: bool) -> list[int | None]:
        sender = Address(f"who@{domain}")
        named = Message("", message_id=message.message_id, text=message.text, sender=sender)
        party = threads.party(named, [ADDRESS], verified=vouched)
        with desk.gateway.database.transaction() as session:
            found = Leads(session, [Asked(named, (), party)], (), has_trackers=True)
            ticket = found.find(Asked(named, (), party)).ticket
            return [ticket.id if ticket else None]

    said = Message("", text=f"See {there}#comment-3.")
    cited = Message("", message_id=f"{key}/queue/issues/12/999@forge.example")
    for message in (said, cited):
        assert leads(message, "forge.example", vouched=True) == [first.ticket_id]
        assert leads(message, f"{key}.example", vouched=False) == [first.ticket_id]
        assert leads(message, "forge.example", vouched=False) == [None]
        assert leads(message, "evil.example", vouched=True) == [None]


# --- the cost -------------------------------------------------------------------------------------


def _stored(session: Session) -> TicketRow:
    row = TicketRow(token="t", title="x", source="other", event="info")
    session.add(row)
    session.flush()
    return row


def test_every_look_up_goes_by_an_index(store: Database) -> None:
    """So that joining costs the same, however many tickets there are."""
    message = Message(
        "", message_id="a", references=("b", "c"), sender=Address("a@b.example"),
        to=(Address(f"triage+{'a' * 16}@gateway.example"),), text="https://forge.example/x/1",
    )  # fmt: skip
    signal = Signal(utcnow(), "over", services=("logingov",), references=(Reference("jira:AB-1"),))
    asked = Asked(message, (), threads.party(message, [], verified=False), signal)
    seen: list[tuple[str, tuple[object, ...]]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: tuple[object, ...],
             *_: object) -> None:  # fmt: skip
        seen.append((statement, parameters))

    with store.transaction() as session:
        number = tickets.number(_stored(session))
        threads.remember(session, [("b", number)])
        event.listen(Engine, "before_cursor_execute", note)
        Leads(session, [asked], (), has_trackers=True, words=WORDS, mode="join")
        event.remove(Engine, "before_cursor_execute", note)
        looked = [one for one in seen if one[0].startswith("SELECT")]
        about = [statement.split("FROM ")[1].split()[0] for statement, _ in looked]
        sightings = "(SELECT"
        expected = ["thread", "mirror", "reference", sightings, "ticket", "separation"]
        assert about == [*expected, "profile", "participant"]
        for statement, parameters in looked:
            plan = session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            steps = [row[3] for row in plan]
            scans = [step for step in steps if step.startswith("SCAN")]
            # A part of a statement that is itself found by an index is read as it is.
            assert all(step.startswith("SCAN k") for step in scans), (statement, steps)
