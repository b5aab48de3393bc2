"""Signed letters through Postfix into a Dovecot mailbox, where dkimpy checks what lies there.

We sign with keys and code of our own; the verifier, its reading of the key records and the two
servers in between know nothing of how that was done.
"""

import email
import email.policy
from pathlib import Path

import dkim
import pytest

from gateway.config import AnswerSettings, RelaySettings
from gateway.letters import Letters, Links, ReturnPaths
from gateway.letters.calendar import Entry, Publisher, part
from gateway.letters.samples import AT, DAY, facts
from gateway.model import Address
from gateway.outbox import Outbox
from gateway.outbox.signing import Signer, new_key
from gateway.store.database import Database
from gateway.store.leases import this_process
from gateway.store.schema import upgrade
from tests.integration import dovecot as dovecots
from tests.integration import postfix as postfixes
from tests.integration.dovecot import PASSWORD_FILE, USER, Dovecot, running_dovecot
from tests.integration.postfix import HOST, await_condition, free_port, running_postfix
from tests.integration.test_relay import all_sent, put, run

DOMAIN = "gateway.example"
KINDS = ["resolution", "maintenance_moved", "subscription_welcome"]
MISSING = postfixes.why_not() or dovecots.why_not()
LMTP = "service lmtp {{{{\n  inet_listener lmtp {{{{\n    port = {port}\n  }}}}\n}}}}\n"

pytestmark = [
    pytest.mark.needs_server("postfix"),
    pytest.mark.needs_server("dovecot"),
    pytest.mark.skipif(MISSING is not None, reason=str(MISSING)),
]


def held(mailbox: Dovecot) -> list[bytes]:
    with mailbox.session() as client:
        client.select_folder("INBOX", readonly=True)
        found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
        return [item[b"BODY[]"] for item in found.values()]


def proven(raw: bytes, number: int, records: dict[bytes, bytes]) -> bool:
    """Whether the signature of that number holds, by these key records."""
    try:
        return bool(dkim.DKIM(raw).verify(number, lambda name, **_: records.get(name)))
    except dkim.DKIMException:
        return False


def our_letters() -> Letters:
    letters = Letters(
        [Path(__file__).parents[2] / "templates"], sender=f"news@{DOMAIN}", name="Añadidura",
        organization="Example Agency", address=f"triage@{DOMAIN}",
    )  # fmt: skip
    letters.links = Links(b"k" * 32, f"triage@{DOMAIN}", "https://news.example")
    letters.return_paths = ReturnPaths(b"k" * 32, f"triage@{DOMAIN}")
    return letters


def test_what_lies_in_the_mailbox_is_proven_by_both_keys_and_by_no_other(tmp_path: Path) -> None:
    keys = [
        new_key(DOMAIN, "rsa1", tmp_path / "rsa.pem"),
        new_key(DOMAIN, "ed1", tmp_path / "ed.pem", ed=True),
    ]
    records = {f"{key.name}.".encode(): key.record.encode() for key in keys}
    stranger = new_key(DOMAIN, "rsa1", tmp_path / "other.pem")
    forged = records | {f"{stranger.name}.".encode(): stranger.record.encode()}
    store = Database(f"sqlite:///{tmp_path / 'store.db'}")
    upgrade(store)
    entry = Entry(
        uid="u1", key="MW-1", sequence=2, start=AT, end=AT + DAY, status="RE-SCHEDULED",
        services=["ID.me"], text="One more day.", updated=AT, impact="",
    )  # fmt: skip
    letters = our_letters()
    written = [
        letters.write(
            kind, key=kind, recipient=Address(f"{USER}@people.example", "Ada Muñoz"), language="es",
            ref="TG-1", token="tok", facts=facts(kind, [{"id": "idme", "name": "ID.me"}]),
            calendar=part([entry], Publisher(DOMAIN, f"triage@{DOMAIN}"))
            if kind.startswith("maintenance") else None,
        )
        for kind in KINDS
    ]  # fmt: skip
    port = free_port()
    with (
        running_dovecot(
            PASSWORD_FILE + LMTP.format(port=port), protocols="imap lmtp",
            auth_username_format="%n", postmaster_address="postmaster@people.example",
        ) as mailbox,
        running_postfix(default_transport=f"lmtp:inet:{HOST}:{port}") as relay,
    ):  # fmt: skip
        outbox = Outbox(
            store, RelaySettings(url=f"smtp://{HOST}:{relay.port}"), AnswerSettings(),
            this_process(), DOMAIN, signer=Signer(keys),
        )  # fmt: skip
        put(outbox, *written)
        run(outbox, all_sent(outbox))
        await_condition(lambda: len(held(mailbox)) == len(KINDS), f"mail; {relay.log[-2000:]}")
        raws = held(mailbox)
    store.close()
    for raw in raws:
        assert [proven(raw, number, records) for number in (0, 1)] == [True, True]
        assert not proven(raw, 0, forged)
        assert not proven(raw.replace(b"ID.me", b"DI.me"), 1, records)
        assert not proven(b"Subject: another\r\n" + raw, 1, records)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        assert message["From"].addresses[0].domain == DOMAIN, "aligned: the domain that signs"
