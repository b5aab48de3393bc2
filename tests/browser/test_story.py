"""The story of an outage: mail comes by SMTP, is corrected, merged, told of, resolved.

On SQLite with scripts and by keyboard; on PostgreSQL without scripts, on a phone: all is done by
links and forms.
"""

import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from playwright.sync_api import Browser

from gateway.app import Gateway
from tests.acceptance.conftest import store_of
from tests.browser.serving import PATIENCE, serving, settings_of
from tests.browser.visitors import PHONE, Visitor, visiting
from tests.integration.sink import Sink

pytestmark = [pytest.mark.needs_server("chromium"), pytest.mark.xdist_group("chromium")]

STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_server("postgresql"))]
ANA, BEN, EVE = "ana@clinic.example", "ben@office.example", "eve@evil.example"


def mail(sender: str, subject: str, text: str, html: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = sender, "triage@gateway.example"
    message["Subject"], message["Message-ID"] = subject, f"<{abs(hash(subject))}@{sender}>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes(policy=SMTP)


MAIL = {
    ANA: mail(ANA, "ID.me is down", "Nobody can sign in with ID.me since 9. 14 people wait."),
    BEN: mail(BEN, "Cannot get in", "The sign-in page of ID.me shows an error for all of us."),
    EVE: mail(
        EVE, "\u202e<script>document.title='owned'</script>" + "x" * 3000,
        "The site is down. <img src=x onerror=\"document.title='owned'\"> SSN 123-45-6789",
        "<body onload=\"document.title='owned'\"><script>document.title='owned'</script><p>The "
        'site is down.<img src="https://evil.example/a.png"><style>p{color:red}</style></p></body>',
    ),
}  # fmt: skip


class Story:
    """A gateway, the relay that takes its letters, and somebody at its console."""

    def __init__(self, gateway: Gateway, base: str, sink: Sink, at: Visitor, *, js: bool) -> None:
        self.gateway, self.base, self.sink, self.at, self.js = gateway, base, sink, at, js
        self.page = at.page

    def settled(self) -> None:
        """Until nothing waits, neither in the spool nor in the outbox."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            status = self.gateway.standing.status()
            if not (status.spool["accepted"] + status.outbox["queued"] + status.outbox["sending"]):
                return
            time.sleep(0.05)
        raise AssertionError(status)

    def told(self, who: str, words: bytes) -> int:
        """How many letters with these words have gone there."""
        self.settled()
        return sum(one.recipient == who and words in one.raw for one in self.sink.received)

    def ref_of(self, title: str) -> str:
        (found,) = [o.ticket for o in self.gateway.tickets.listing() if o.ticket.title == title]
        return found.ref

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def open(self, what: str, key: str = "") -> None:
        """That part of what can be done."""
        if key and self.js:
            self.page.keyboard.press(key)
        else:
            self.page.locator("summary", has_text=what).click()


@pytest.fixture(params=STORES)
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Story]:
    js = request.param == "sqlite"
    options = {} if js else {"viewport": PHONE, "java_script_enabled": False}
    with (
        store_of(request.param, tmp_path_factory.mktemp("story")) as store,
        Sink() as sink,
        Gateway(settings_of(store, sink.url, matching="off")) as gateway,  # a person merges
        serving(gateway) as base,
        visiting(browser, **options) as at,
    ):
        with smtplib.SMTP("127.0.0.1", gateway.standing.doors[0].port) as client:
            for sender, raw in MAIL.items():
                client.sendmail(sender, "triage@gateway.example", raw)
        made = Story(gateway, base, sink, at, js=js)
        made.settled()
        at.page.on("dialog", lambda dialog: dialog.accept())
        at.page.goto(gateway.console_link("ann@house.example", "administrator", base))
        made.press("Sign in")
        at.page.wait_for_url(f"{base}/")
        yield made


def test_the_story_of_an_outage(story: Story) -> None:
    page = story.page
    outage, same = story.ref_of("ID.me is down"), story.ref_of("Cannot get in")
    if story.js:
        by_keyboard(story)

    # The second is read anew by a person, then merged into the first.
    story.go(f"/incident/{same}")
    if story.js:
        page.keyboard.press("e")
    else:
        page.get_by_role("link", name="Correct a reading").click()
    page.wait_for_url("**/message/**")
    story.open("Something is wrong", "e")
    page.get_by_label("Event").select_option("outage")
    page.get_by_label("People", exact=True).fill("3")
    story.press("Correct")
    page.locator(".told").wait_for()
    story.go(f"/incident/{same}")
    story.open("Merge into another")
    page.get_by_label("Into").fill(outage)
    story.press("Merge")
    page.wait_for_url(f"**/incident/{outage}?did=*")

    # Assigned; news of it is drafted, approved and sent.
    story.open("Assign", "a")
    page.get_by_label("Owner").fill("ann@house.example")
    story.press("Assign")
    page.locator(".told").wait_for()
    page.get_by_role("link", name="Announce: write news of it").click()
    page.get_by_label("Kind").select_option("update")
    page.get_by_label("What everyone concerned is told").fill("The vendor looks into it.")
    story.press("Keep as a draft")
    story.press("Approve for 2 people")
    story.press("Send to 2 people")
    page.get_by_text("On its way to 2 people.").wait_for()
    assert [story.told(who, b"vendor looks into it") for who in (ANA, BEN)] == [1, 1]

    # What would go out is seen before it is resolved; both who wrote hear of it.
    story.go(f"/incident/{outage}")
    story.open("Resolve and tell everyone")
    page.get_by_label("What everyone concerned is told").fill("ID.me works again.")
    story.press("Show what would go out")
    page.get_by_text("2 people would be told").wait_for()
    if story.js:
        assert story.at.flaws() == []
    story.press("Resolve and tell 2 people")
    page.get_by_text("is resolved").first.wait_for()
    assert [story.told(who, b"works again") for who in (ANA, BEN, EVE)] == [1, 1, 0]
    assert story.gateway.tickets.details(outage).summary.ticket.state == "resolved"

    # What is hostile is only text, its HTML stands in a sandbox and loads nothing.
    story.go("/search?q=site&in=messages")
    page.locator("td.what a", has_text="script").click()
    story.press("Show identifiers, headers, HTML")
    page.locator("summary", has_text="HTML, made safe").click()
    page.frame_locator("iframe.html").get_by_text("is down").wait_for()
    assert "owned" not in page.title()
    assert story.at.complaints == []


def by_keyboard(story: Story) -> None:
    """Help, and to the first incident."""
    page = story.page
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    for keys in ("j", "jj", "k"):
        for key in keys:
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.closest('tr') !== null")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incident/**")
