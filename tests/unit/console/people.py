"""Somebody at the console, without a browser: what they see, and the forms that they send."""

import html
import re
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from starlette.testclient import TestClient

from gateway.app import Gateway
from gateway.config import ConsoleSettings, Role
from gateway.console import site

ORIGIN = "http://127.0.0.1:8025"
CARRIED = ("csrf", "seen", "content", "audience")  # what a form says of the page it stands on
Opened = Callable[..., Gateway]  # with parts of the configuration
HOSTILE = b"""From: "\xe2\x80\xaeEvil <script>alert(1)</script>" <eve@evil.example>
To: %s
Subject: =?utf-8?b?4oCuPHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==?= %s
Message-ID: <hostile@evil.example>
Content-Type: text/html; charset=utf-8

<html><body onload="alert(1)"><script>alert(2)</script><p>The site is down for all of us.
<img src="https://evil.example/track.png"><a href="javascript:alert(3)">press</a>
My SSN is 123-45-6789.</p></body></html>
""" % (b", ".join(b"p%d@people.example" % n for n in range(10_000)), b"x" * 5000)
_apps: WeakKeyDictionary[Gateway, Any] = WeakKeyDictionary()


def app_of(gateway: Gateway) -> Any:
    """The console of that gateway, made once."""
    if gateway not in _apps:
        _apps[gateway] = site.make(gateway.desk(), gateway.settings.console or ConsoleSettings())
    return _apps[gateway]


class Somebody:
    """Who is signed in, and the page that is open."""

    def __init__(self, gateway: Gateway, who: str, role: Role) -> None:
        self.client = TestClient(app_of(gateway), base_url=ORIGIN, headers={"Origin": ORIGIN})
        self.text, self.status = "", 0
        self._csrf = ""
        answer = self.client.post(gateway.console_link(who, role, ""))
        self._open(answer.text, answer.status_code)

    def _open(self, text: str, status: int) -> str:
        self.text, self.status = text, status
        self._csrf = self.hidden("csrf") or self._csrf
        return text

    def get(self, path: str) -> str:
        """Open a page."""
        answer = self.client.get(path)
        return self._open(answer.text, answer.status_code)

    def hidden(self, name: str) -> str:
        """The first such field of the page that is open."""
        return self.text.partition(f'name="{name}" value="')[2].partition('"')[0]

    def post(self, path: str, **fields: str | list[str]) -> str:
        """Send a form of that page."""
        carried = {name: self.hidden(name) for name in CARRIED if self.hidden(name)}
        answer = self.client.post(path, data={"csrf": self._csrf} | carried | fields)
        return self._open(answer.text, answer.status_code)

    def pages(self, path: str, name: str) -> list[str]:
        """What stands there and on all the pages after it."""
        found = []
        while path:
            found += re.findall(name, self.get(path))
            after = re.search(r'href="([^"]+)" rel="next"', self.text)
            path = html.unescape(after[1]) if after else ""
        return found
