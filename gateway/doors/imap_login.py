"""Log-in to a mailbox: a password, or an OAuth 2 access token (XOAUTH2, OAUTHBEARER: RFC 7628).

A token is kept until shortly before it expires; one that the server refuses is thrown away and
asked for anew, once, on the same connection. After a refusal every secret is read again from its
file or variable before the next attempt, so that a rotated one is picked up without a restart.
No secret ever stands in an error or a log line.
"""

import contextlib
import imaplib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import structlog
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from gateway.config import LOOPBACK, ImapSettings, OAuthSettings, imap_secrets
from gateway.errors import ConfigError, Temporary

log = structlog.get_logger(__name__)

COMMAND_SECONDS = 30.0
HTTP_SECONDS = 20.0
MARGIN_SECONDS = 60.0  # a token is renewed this long before it expires


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it must be renewed, on the monotonic clock."""

    value: str
    until: float


class Tokens:
    """Access tokens of one account, from a command or a token endpoint (RFC 6749 section 4.4).

    `look_up` is called at least every half second while a command runs; it may raise to end it.
    """

    def __init__(self, settings: OAuthSettings, look_up: Callable[[], None]) -> None:
        url = urlsplit(settings.token_url or "")
        if settings.token_url and url.scheme != "https" and url.hostname not in LOOPBACK:
            raise ConfigError("imap.oauth.token_url: must be https:// (http:// only on loopback)")
        self._settings = settings
        self._look_up = look_up
        self._kept: Token | None = None

    def get(self) -> tuple[str, bool]:
        """The token, and whether it was kept from before. Raises Temporary."""
        if self._kept is not None and time.monotonic() < self._kept.until:
            return self._kept.value, True
        asked_at = time.monotonic()
        text = self._from_command() if self._settings.token_command else self._from_endpoint()
        value, lifetime = _parse(text)
        margin = min(MARGIN_SECONDS, lifetime / 10)
        self._kept = Token(value, asked_at + lifetime - margin)
        return value, False

    def discard(self) -> None:
        """Forget the kept token: the server refused it."""
        self._kept = None

    def _from_command(self) -> str:
        argv = self._settings.token_command
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own command, never a shell
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise Temporary(f"token_command: {argv[0]}: {error.strerror}") from error
        try:
            out, err = self._outcome(process)
        finally:
            _end(process)
        if process.returncode != 0:
            said = err.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
            raise Temporary(f"token_command ended with {process.returncode}: {said}")
        return out.decode("utf-8", "replace")

    def _outcome(self, process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
        until = time.monotonic() + COMMAND_SECONDS
        while time.monotonic() < until:
            self._look_up()
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=0.5)
        raise Temporary(f"token_command did not end within {COMMAND_SECONDS:g} s")

    def _from_endpoint(self) -> str:
        settings = self._settings
        form = {"grant_type": "client_credentials", "client_id": settings.client_id or ""}
        if settings.client_secret is not None:
            form["client_secret"] = settings.client_secret.get_secret_value()
        if settings.scope:
            form["scope"] = settings.scope
        try:
            answer = httpx.post(settings.token_url or "", data=form, timeout=HTTP_SECONDS)
        except httpx.HTTPError as error:
            raise Temporary(f"token_url does not answer: {type(error).__name__}") from error
        if answer.status_code != httpx.codes.OK:
            raise Temporary(f"token_url answered {answer.status_code}: {_reason(answer.text)}")
        return answer.text


def _end(process: "subprocess.Popen[bytes]") -> None:
    """See that nothing of the command is left: it and what it started share a session."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _parse(text: str) -> tuple[str, float]:
    """Token and lifetime in seconds from a JSON answer (RFC 6749 section 5.1) or a bare token.

    A lifetime of 0 means unknown: such a token is not kept.
    """
    text = text.strip()
    if not text.startswith("{"):
        if not text or any(c.isspace() for c in text):
            raise Temporary("token_command gave no token: it must print one, or a JSON answer")
        return text, 0.0
    try:
        answer = json.loads(text)
        value, lifetime = answer["access_token"], float(answer.get("expires_in") or 0)
    except (ValueError, TypeError, KeyError) as error:
        raise Temporary(f"the token answer cannot be read: {type(error).__name__}") from error
    if not isinstance(value, str) or not value:
        raise Temporary("the token answer holds no access_token")
    return value, lifetime


def _reason(text: str) -> str:
    """What an error answer says (RFC 6749 section 5.2)."""
    try:
        answer = json.loads(text)
        return f"{answer['error']}: {answer.get('error_description', '')}"[:200].rstrip(": ")
    except (ValueError, TypeError, KeyError, AttributeError):
        return "no reason given"


class BearerResponder:
    """The client's side of XOAUTH2 or OAUTHBEARER; `refusal` is what the server held against it."""

    def __init__(self, mechanism: str, user: str, token: str) -> None:
        if mechanism == "oauthbearer":  # RFC 7628 section 3.1, RFC 5801 section 4
            name = user.replace("=", "=3D").replace(",", "=2C")
            self._first = f"n,a={name},\x01auth=Bearer {token}\x01\x01".encode()
            self._after_refusal = b"\x01"
        else:
            self._first = f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
            self._after_refusal = b""
        self._spoken = False
        self.refusal = ""

    def __call__(self, challenge: bytes) -> bytes:
        """The answer to `challenge`: first the token; a second challenge is the refusal."""
        if not self._spoken:
            self._spoken = True
            return self._first
        self.refusal = challenge.decode("utf-8", "replace")
        return self._after_refusal


class Login:
    """Logs in to one mailbox, as often as it is called. `look_up` as in `Tokens`."""

    def __init__(self, settings: ImapSettings, look_up: Callable[[], None]) -> None:
        self._settings = settings
        self._look_up = look_up
        self._tokens = Tokens(settings.oauth, look_up) if settings.oauth else None

    def __call__(self, client: IMAPClient) -> None:
        """Log in. Raises Temporary with the server's reason, or what the connection raises."""
        try:
            if self._tokens is None:
                self._with_password(client)
            else:
                self._with_token(client, self._tokens)
        except LoginError as error:
            _raise_if_hung_up(error)
            self._read_secrets_again()
            raise Temporary(f"the server refused the log-in: {error}") from error
        except Temporary:
            self._read_secrets_again()
            raise

    def _with_password(self, client: IMAPClient) -> None:
        secret = self._settings.password
        password = secret.get_secret_value() if secret else ""
        if client.has_capability("AUTH=PLAIN"):  # unlike LOGIN it can carry any character
            client.plain_login(self._settings.user, password)
        else:
            client.login(self._settings.user, password)

    def _with_token(self, client: IMAPClient, tokens: Tokens) -> None:
        token, was_kept = tokens.get()
        try:
            self._present(client, token)
        except LoginError as error:
            tokens.discard()
            _raise_if_hung_up(error)
            if not was_kept:
                raise
            self._present(client, tokens.get()[0])

    def _present(self, client: IMAPClient, token: str) -> None:
        assert self._settings.oauth is not None
        mechanism = self._settings.oauth.mechanism
        responder = BearerResponder(mechanism, self._settings.user, token)
        try:
            client.sasl_login(mechanism.upper(), responder)
        except LoginError as error:
            _raise_if_hung_up(error)
            raise LoginError(f"{error} {responder.refusal}".strip()) from error

    def _read_secrets_again(self) -> None:
        try:
            self._settings = imap_secrets(self._settings)
        except ConfigError as error:  # keep trying with what we have
            log.warning("imap_secret_unreadable", mailbox=self._settings.name, error=str(error))
            return
        if self._settings.oauth is not None:
            self._tokens = Tokens(self._settings.oauth, self._look_up)


def _raise_if_hung_up(error: BaseException) -> None:
    """imapclient calls every failure a refusal: a lost connection is none."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, imaplib.IMAP4.abort):
        raise cause
