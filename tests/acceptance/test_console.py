"""The console in a real browser: mail arrives by SMTP, is corrected, merged, told of, resolved."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.acceptance.house import House
from tests.integration.browser import Visitor, visitor

pytestmark = pytest.mark.needs_server("chromium")


def mail(sender: str, subject: str, text: str, html: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = sender, "triage@gateway.example"
    message["Subject"], message["Message-ID"] = subject, f"<{abs(hash(subject))}@{sender}>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes(policy=SMTP)


OUTAGE = mail("ana@clinic.example", "ID.me is down",
              "Nobody can sign in with ID.me since 9 this morning. 14 people wait.")  # fmt: skip
SAME = mail("ben@office.example", "Cannot get in",
            "The sign-in page of ID.me shows an error for all of us.")  # fmt: skip
HOSTILE = mail(
    "eve@evil.example", "\u202e<script>document.title='owned'</script>" + "x" * 3000,
    "The site is down. <img src=x onerror=\"document.title='owned'\"> SSN 123-45-6789",
    "<body onload=\"document.title='owned'\"><script>document.title='owned'</script><p>The site "
    'is down.<img src="https://evil.example/a.png"><style>p{color:red}</style></p></body>',
)  # fmt: skip


def act(at: Visitor, summary: str) -> None:
    """Open that part of what can be done."""
    at.page.locator("summary", has_text=summary).click()


def test_the_story_of_an_outage(house: House) -> None:
    with house.running(), visitor() as at:
        for raw, who in ((OUTAGE, "ana@clinic.example"), (SAME, "ben@office.example"),
                         (HOSTILE, "eve@evil.example")):  # fmt: skip
            house.take(raw, who)
        house.await_done(3)
        house.await_settled()
        page, flaws = at.page, []
        base = f"http://127.0.0.1:{house.console_port}"
        page.goto(house.do("console", "link", "--as", "ann@house.example").strip())
        flaws += at.violations()
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{base}/")
        flaws += at.violations()

        # Thirty rows have room on a laptop.
        page.set_viewport_size({"width": 1366, "height": 768})
        first = page.locator("[data-rows] tbody tr").first.bounding_box()
        assert first is not None
        assert first["y"] + 30 * first["height"] <= 768

        # By the keyboard to the first incident: the worst of all.
        page.keyboard.press("?")
        assert page.locator("#keys").is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('tr') !== null")
        outage = house.ticket_of("ID.me is down")["ref"]
        same = house.ticket_of("Cannot get in")["ref"]

        # The second is read anew by a person, then merged into the first.
        page.goto(f"{base}/incident/{same}")
        flaws += at.violations()
        page.keyboard.press("e")
        page.wait_for_url("**/message/**")
        flaws += at.violations()
        page.keyboard.press("e")
        page.get_by_label("Event").select_option("outage")
        page.get_by_label("People", exact=True).fill("3")
        page.get_by_role("button", name="Correct", exact=True).click()
        page.locator(".told").wait_for()
        page.goto(f"{base}/incident/{same}")
        page.on("dialog", lambda dialog: dialog.accept())
        act(at, "Merge into another")
        page.get_by_label("Into").fill(outage)
        page.get_by_role("button", name="Merge", exact=True).click()
        page.wait_for_url(f"**/incident/{outage}?did=*")

        # Assigned, previewed, resolved: both who wrote hear of it.
        page.keyboard.press("a")
        page.get_by_label("Owner").fill("ann@house.example")
        page.get_by_role("button", name="Assign", exact=True).click()
        page.locator(".told").wait_for()
        act(at, "Resolve and tell everyone")
        page.get_by_label("What everyone concerned is told").fill("ID.me works again.")
        page.get_by_role("button", name="Show what would go out").click()
        page.get_by_text("2 people would be told").wait_for()
        flaws += at.violations()
        page.get_by_role("button", name="Resolve and tell 2 people").click()
        page.get_by_text("is resolved").first.wait_for()
        for who in ("ana@clinic.example", "ben@office.example"):
            letters = [one for one in house.answers_to(who) if b"works again" in one.raw]
            assert len(letters) == 1
        ticket = house.ticket_of("ID.me is down")
        assert ticket["state"] == "resolved"

        # What is hostile is only text, its HTML stands in a sandbox and loads nothing.
        page.goto(f"{base}/search?q=site&in=messages")
        flaws += at.violations()
        page.locator("td.what a").first.click()
        page.get_by_role("button", name="Show identifiers").click()
        page.locator("summary", has_text="HTML, made safe").click()
        frame = page.frame_locator("iframe.html")
        frame.get_by_text("is down").wait_for()
        flaws += at.violations()
        assert "owned" not in page.title()
        assert flaws == []
        assert at.complaints == []


def test_everything_works_without_scripts_and_fits_a_phone(small_house: House) -> None:
    house = small_house
    phone = {"viewport": {"width": 390, "height": 800}, "java_script_enabled": False}
    with house.running(), visitor(**phone) as at:
        house.take(OUTAGE, "ana@clinic.example")
        house.await_done(1)
        page = at.page
        page.goto(house.do("console", "link", "--as", "ann@house.example").strip())
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="ID.me is down").click()
        page.locator("summary", has_text="Note").click()
        page.get_by_label("Note").fill("Called the vendor.")
        page.get_by_role("button", name="Keep", exact=True).click()
        page.get_by_text("Noted on").wait_for()
        for path in ("/", "/search"):
            page.goto(f"http://127.0.0.1:{house.console_port}{path}")
            width = page.locator("html").bounding_box()
            assert width is not None
            assert width["width"] <= 390
