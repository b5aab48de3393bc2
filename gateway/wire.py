"""The wire: the one HTTP client of trackers and channels.

TLS is verified, http:// is for loopback alone, redirects are followed on the same host only, an
answer has a bound, a time-out and a judgement: what a person must mend is Permanent, all else
Temporary (`is_refusal` where nothing can have been done, `seconds` where rest was asked for).
Nothing of a request or an answer is logged. Inside `rehearsing` nothing is sent: each request is
taken down, its secrets masked, and the caller's `instead` is the answer.
"""

import json
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import httpx
from pydantic import AfterValidator, Field

from gateway.config import LOOPBACK, secret_of
from gateway.errors import ConfigError, Permanent, Temporary
from gateway.model import utcnow
from gateway.section import Section

MAX_ANSWER = 8_000_000
MAX_REST = 3600.0
MAX_HOPS = 3
REDIRECTS = {301, 302, 307, 308}
AGENT = "triage-gateway"

T = TypeVar("T")


def _far_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must look like https://api.example.org")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user and no password in the url: use the keys for them")
    if parts.query or parts.fragment:
        raise ValueError("nothing may follow its path")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("http:// is only allowed on loopback: use https://")
    return value.rstrip("/")


FarUrl = Annotated[str, AfterValidator(_far_url)]


class FarSide(Section):
    """What every table of a far side over HTTP may say."""

    timeout: float = Field(10.0, gt=0, le=25)
    ca_file: Path | None = None


class Missing(Permanent):
    """What was asked for is not there (404, 410)."""


class Conflict(Temporary):
    """It collides with what is there (409): look again."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it would be sent, secrets masked."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str

    def in_words(self) -> str:
        """As it would stand on the wire."""
        lines = [f"{self.method} {self.url}", *(f"{k}: {v}" for k, v in self.headers.items())]
        return "\n".join([*lines, "", self.body]) if self.body else "\n".join(lines)


_taken_down: ContextVar[list[Request] | None] = ContextVar("taken_down", default=None)


@contextmanager
def rehearsing() -> Iterator[list[Request]]:
    """Within it, and in what it starts, nothing is sent; yields what would have been."""
    found: list[Request] = []
    token = _taken_down.set(found)
    try:
        yield found
    finally:
        _taken_down.reset(token)


async def rehearsed(act: Awaitable[object]) -> list[str]:
    """The requests that `act` would send, each as it would stand on the wire."""
    with rehearsing() as requests:
        await act
    return [one.in_words() for one in requests]


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; `value` is its JSON, None where it has no content.

    One that is only rehearsed is nothing to remember.
    """

    of: str
    value: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    is_rehearsed: bool = False

    def get(self, kind: type[T], *path: str | int) -> T:
        """What stands at that place; Temporary where the answer is not of that shape."""
        found = self.value
        try:
            for step in path:
                found = found[step]
        except (KeyError, IndexError, TypeError):
            found = None
        if not isinstance(found, kind):
            place = ".".join(map(str, path)) or "a value"
            raise Temporary(f"{self.of}: an answer without {place}")
        return found

    def rows(self, *path: str | int) -> list[dict[str, Any]]:
        """The list of objects at that place."""
        return [row for row in self.get(list, *path) if isinstance(row, dict)]


class Wire:
    """One far side. `of` names it in errors, `headers` gives what lets us in, at each request.

    `mend` says what to do where we are not let in. The `base` is a secret itself where
    `hides_path`.
    """

    def __init__(
        self,
        of: str,
        base: str,
        settings: FarSide,
        headers: Callable[[], Mapping[str, str]],
        *,
        mend: str,
        hides_path: bool = False,
    ) -> None:
        self._of = of
        self._base = base
        self._settings = settings
        self._headers = headers
        self._mend = mend
        self._hides_path = hides_path
        self._client: httpx.AsyncClient | None = None

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        instead: Any = None,
        hides: tuple[str, ...] = (),
        is_text: bool = False,
    ) -> Answer:
        """Ask, and give the good answer; raises Temporary or Permanent for every other.

        `body` is sent as JSON, `content` as it is. `instead` is the value of the answer where this
        is only rehearsed, where the keys that `body` `hides` are masked. With `is_text` a good
        answer need not be JSON.
        """
        url = f"{self._base}{path}" + (f"?{urlencode(params)}" if params else "")
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode("utf-8")
        own = {"Accept": "application/json", "User-Agent": AGENT}
        if content is not None:
            own["Content-Type"] = "application/json"
        shown = own | dict(headers or {})
        taken_down = _taken_down.get()
        if taken_down is not None:
            secrets = dict.fromkeys(self._headers(), "***")
            if hides:
                content = json.dumps(body | dict.fromkeys(hides, "***")).encode()
            taken_down.append(Request(method, self._shown(url), shown | secrets, _pretty(content)))
            return Answer(self._of, instead, is_rehearsed=True)
        status, found, text = await self._asked(method, url, shown | self._secrets(), content)
        return self._judged(status, found, b"" if is_text and 200 <= status < 300 else text)

    async def reach(self) -> None:
        """Whether anybody answers there, whatever it is; nothing is changed by it."""
        await self._exchanged("HEAD", self._base, {"User-Agent": AGENT}, None)

    async def close(self) -> None:
        """Give the connections back; they are made anew where they are needed again."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # --- one request ---

    def _secrets(self) -> dict[str, str]:
        return dict(self._headers())

    async def _asked(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, httpx.Headers, bytes]:
        for _ in range(MAX_HOPS):
            status, found, text = await self._exchanged(method, url, headers, content)
            if status not in REDIRECTS:
                return status, found, text
            url = self._onward(url, found.get("location", ""))
        raise Permanent(f"{self._of}: it redirects in a circle: check its url")

    async def _exchanged(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[int, httpx.Headers, bytes]:
        client = self._opened()
        try:
            async with client.stream(method, url, headers=headers, content=content) as response:
                text = b""
                async for piece in response.aiter_bytes():
                    text += piece
                    if len(text) > MAX_ANSWER:
                        raise Temporary(f"{self._of}: an answer of more than {MAX_ANSWER} bytes")
                return response.status_code, response.headers, text
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Temporary(f"{self._of}: no connection: {error}", is_refusal=True) from error
        except httpx.TimeoutException as error:
            said = f"{self._of}: no answer within {self._settings.timeout:g} s"
            raise Temporary(said) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Temporary(f"{self._of}: {type(error).__name__}: the answer broke off") from error

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            is_near = urlsplit(self._base).hostname in LOOPBACK
            self._client = httpx.AsyncClient(
                verify=_context(self._base, self._settings.ca_file),
                timeout=self._settings.timeout,
                follow_redirects=False,
                trust_env=not is_near,  # an organization's proxy, but never for this machine
            )
        return self._client

    def _onward(self, url: str, location: str) -> str:
        to = urljoin(url, location)
        before, after = urlsplit(url), urlsplit(to)
        if before[:2] != after[:2]:
            raise Permanent(
                f"{self._of}: it redirects to another host, {after.hostname}: "
                "nothing was sent there; if that is right, set url"
            )
        return to

    def _judged(self, status: int, headers: httpx.Headers, text: bytes) -> Answer:
        if 200 <= status < 300:
            return Answer(self._of, self._value(text), headers)
        rest = _rest(headers)
        said = f"{self._of}: {status}"
        if status == 429 or (status == 403 and rest is not None):
            raise Temporary(f"{said}: too many requests", is_refusal=True, seconds=rest or 60.0)
        if status == 503:
            raise Temporary(f"{said}: not available", is_refusal=rest is not None, seconds=rest)
        if status == 401:
            raise Permanent(f"{said}: it does not let us in: {self._mend}")
        if status == 403:
            raise Permanent(f"{said}: we lack a right: {self._mend}{_their_words(text)}")
        if status in {404, 410}:
            raise Missing(f"{said}: not there, or hidden from us: {self._mend}")
        if status == 409:
            raise Conflict(f"{said}: it collides with what is there{_their_words(text)}")
        if status in {408, 425} or status >= 500:
            raise Temporary(f"{said}: it failed on its side")
        raise Permanent(f"{said}: it refuses what was sent{_their_words(text)}")

    def _value(self, text: bytes) -> Any:
        if not text.strip():
            return None
        try:
            return json.loads(text)
        except ValueError as error:
            raise Temporary(f"{self._of}: an answer that is no JSON") from error

    def _shown(self, url: str) -> str:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}/***" if self._hides_path else url


def _context(base: str, ca_file: Path | None) -> ssl.SSLContext:
    """Trusts the system's authorities, and those of `ca_file`; none at all without TLS."""
    if base.startswith("http://"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # reading the authorities takes a while
    context = ssl.create_default_context()
    try:
        if ca_file is not None:
            context.load_verify_locations(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"ca_file: {ca_file} cannot be used: {error}") from error
    return context


def _rest(headers: httpx.Headers) -> float | None:
    """For how long they want to be left alone (RFC 9110 Retry-After, or a rate that is used up)."""
    said = headers.get("retry-after", "").strip()
    seconds = None
    if said.isdigit():
        seconds = float(said)
    elif said:
        try:
            seconds = (parsedate_to_datetime(said).astimezone(UTC) - utcnow()).total_seconds()
        except (ValueError, TypeError, OverflowError):
            seconds = 60.0
    elif headers.get("x-ratelimit-remaining") == "0":
        reset = headers.get("x-ratelimit-reset", "")
        until = float(reset) if reset.isdigit() else 0.0
        seconds = until - datetime.now(UTC).timestamp()
    return None if seconds is None else min(MAX_REST, max(1.0, seconds))


def _their_words(text: bytes) -> str:
    """What they say is wrong, cut short: for the row that a person reads, never for the log."""
    try:
        found = json.loads(text)
    except ValueError:
        return ""
    words = []
    if isinstance(found, dict):
        for key in ("message", "error", "errorMessages", "errors", "detail"):
            if found.get(key):
                words.append(json.dumps(found[key], ensure_ascii=False).strip('"'))
    return f": {'; '.join(words)[:300]}" if words else ""


def _pretty(content: bytes | None) -> str:
    if content is None:
        return ""
    text = content.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def secret(file: Path | None, env: str | None, where: str) -> Callable[[], str]:
    """Gives that secret as it is at each call: it may be renewed. Raises ConfigError, also now."""

    def read() -> str:
        found = secret_of(file, env, where)
        if found is None or not found.get_secret_value():
            raise ConfigError(f"{where}: give {where.rpartition('.')[2]}_file or ..._env")
        value = found.get_secret_value()
        if not value.isascii() or not value.isprintable():
            raise ConfigError(f"{where}: one line of plain characters is needed")
        return value

    read()
    return read
