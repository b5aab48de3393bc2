"""`make pictures`: the main pages of the console on the sample mail, as Chromium shows them.

python -m tests.pictures [FOLDER]
"""

import sys
import tempfile
import zlib
from pathlib import Path

from playwright.sync_api import Page

from gateway import logs
from gateway.app import Gateway
from gateway.config import shipped
from tests.browser.serving import serving, settings_of, take_in
from tests.browser.visitors import PHONE, chromium, visiting

LAPTOP = {"width": 1366, "height": 600}


def take(page: Page, base: str, gateway: Gateway, folder: Path) -> None:
    """Every picture."""
    outage = next(one.ticket for one in gateway.tickets.listing() if "ID.me" in one.ticket.title)
    message = gateway.tickets.details(outage.ref).messages[-1]
    for name, path, scheme, size in (
        ("now", "/", "light", LAPTOP),
        ("now-dark", "/", "dark", LAPTOP),
        ("now-phone", "/", "light", PHONE),
        ("incident", f"/incident/{outage.ref}", "light", LAPTOP),
        ("incident-dark", f"/incident/{outage.ref}", "dark", LAPTOP),
        ("message", f"/message/{message.trace}", "light", LAPTOP),
        ("message-phone", f"/message/{message.trace}", "dark", PHONE),
        ("search", "/search?q=sign", "light", LAPTOP),
        ("search-messages", "/search?q=sign&in=messages", "dark", LAPTOP),
    ):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.goto(base + path)
        (folder / f"{name}.png").write_bytes(packed(page.screenshot()))


def packed(png: bytes) -> bytes:
    """The same picture in fewer bytes: a browser packs in haste."""
    kept, data, at = [], b"", 8
    while at < len(png):
        size = int.from_bytes(png[at : at + 4], "big")
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + size]
        else:
            kept.append(png[at : at + 12 + size])
        at += 12 + size
    body = b"IDAT" + zlib.compress(zlib.decompress(data), 9)
    one = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return b"".join([png[:8], *kept[:-1], one, kept[-1]])


def main(folder: Path) -> None:
    """Take them all."""
    logs.configure("text", "error")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as store,
        Gateway(settings_of(f"sqlite:///{store}/pictures.db")) as gateway,
    ):
        take_in(gateway, [shipped("data") / "samples"])
        with serving(gateway) as base, chromium() as browser, visiting(browser) as at:
            at.page.goto(gateway.console_link("ann@house.example", "administrator", base))
            at.page.get_by_role("button", name="Sign in").click()
            at.page.wait_for_url("**/")
            take(at.page, base, gateway, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "pictures"))
