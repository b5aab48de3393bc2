"""The Postfix runner itself: it starts, takes mail, shows its queue, delivers later and stops."""

import smtplib

import pytest

from tests.integration.postfix import free_port, running_postfix, why_not

pytestmark = [
    pytest.mark.needs_server("postfix"),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]


def test_mail_that_cannot_be_delivered_stays_in_its_queue() -> None:
    nobody = free_port()
    with running_postfix(relayhost=f"[127.0.0.1]:{nobody}") as postfix:
        with smtplib.SMTP(postfix.host, postfix.port) as client:
            client.sendmail("ada@sender.example", ["triage@gateway.example"], b"Subject: x\r\n\r\n")
        postfix.await_log("status=deferred")
        (queued,) = postfix.queue()
        assert queued["sender"] == "ada@sender.example"
        assert [r["address"] for r in queued["recipients"]] == ["triage@gateway.example"]


def test_it_leaves_no_process_and_no_folder_behind() -> None:
    with running_postfix() as postfix:
        assert postfix.master_pid is not None
        postfix.await_empty()
    assert postfix.master_pid is None
    assert not postfix.directory.exists()
