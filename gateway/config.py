"""Configuration: `triage.toml` becomes frozen settings. The only reader of files and environment.

An unknown key, a value out of range or a missing secret is a `ConfigError` that names the
file, the key and what to do (see `gateway.section`). Secrets never stand in the file: `..._file`
names a file that holds one, `..._env` an environment variable.
"""

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, model_validator

from gateway.errors import ConfigError
from gateway.model import NoticeKind
from gateway.section import Secret, Section, checked

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
WAYS_IN = ("smtp", "smtps", "lmtp", "imap")
# Clients there are ours, or pass on what others sent: loopback and private networks.
OUR_NETWORKS = (
    "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
    "fc00::/7", "fe80::/10",
)  # fmt: skip
STORE = 'must be "sqlite:///path" or "postgresql://user@host/database"'
_ADDRESS = re.compile(r"""[^\s<>()\[\]\\,;:"@]+@[^\s<>()\[\]\\,;:"@]+""")


def _listen_address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("must be host:port, for example 127.0.0.1:2525")
    return value


def _mail_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError("must be an address such as triage@example.org")
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}"


def _domain(value: str) -> str:
    if not re.fullmatch(r"[^\s@.]+(\.[^\s@.]+)+", value):
        raise ValueError("must be a domain such as example.org")
    return value.lower()


def _resolver(value: str) -> str:
    """An IP address, or one with a port: 192.0.2.53, 127.0.0.1:5353, [::1]:53."""
    try:
        resolver_address(value)
    except ValueError as error:
        raise ValueError("must be an address such as 127.0.0.1:53 or [::1]:53") from error
    return value


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError as error:
        raise ValueError("must be an address or a network such as 192.0.2.0/24") from error
    return value


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{value} is no time zone such as America/New_York") from error


def _split(url: str) -> SplitResult:
    """The parts of a URL; ValueError for one that cannot be taken apart, or has a bad port."""
    parts = urlsplit(url)
    try:
        given = parts.port
    except ValueError as error:
        raise ValueError("its port must be a number from 1 to 65535") from error
    if given == 0:
        raise ValueError("its port must be a number from 1 to 65535")
    return parts


def _store_url(value: str) -> str:
    if value.startswith("postgresql://"):
        _split(value)
        return value
    path = value.removeprefix("sqlite:///")
    if path == value or not path or path.startswith(":"):
        raise ValueError(STORE)
    if Path(path).is_dir():
        raise ValueError(f"{path} is a folder: name a file in it")
    return value


def _imap_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise ValueError("must look like imaps://user@mail.example.org/INBOX")
    if parts.password:
        raise ValueError("no password in the url: use password_file or password_env")
    if parts.scheme == "imap" and parts.hostname not in LOOPBACK:
        raise ValueError("imap:// is only allowed on loopback: use imaps://")
    return value


def _relay_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must look like smtp://relay.example.org:25 or smtps://...")
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "no user and no password in the url: use user, and password_file or password_env"
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("nothing may follow host and port")
    return value


def _page_url(value: str) -> str:
    parts = _split(value)
    if parts.query or parts.fragment or not parts.hostname or parts.username is not None:
        raise ValueError("must look like https://triage.example.org")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must begin with https://, where it is not on loopback")
    return value.rstrip("/")


Role = Literal["reader", "triager", "announcer", "administrator"]


def _quiet_hours(value: str) -> str:
    if not value:
        return value
    try:
        start, end = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError as error:
        raise ValueError("must be two times of day, for example 21:00-07:00") from error
    if start == end or start.tzinfo or end.tzinfo:
        raise ValueError("must be two different times of day, for example 21:00-07:00")
    return value


Listen = Annotated[str, AfterValidator(_listen_address)]
PageUrl = Annotated[str, AfterValidator(_page_url)]
QuietHours = Annotated[str, AfterValidator(_quiet_hours)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
Domain = Annotated[str, AfterValidator(_domain)]
ResolverAddress = Annotated[str, AfterValidator(_resolver)]
Network = Annotated[str, AfterValidator(_network)]
Zone = Annotated[str, AfterValidator(_zone)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
ImapUrl = Annotated[str, AfterValidator(_imap_url)]
RelayUrl = Annotated[str, AfterValidator(_relay_url)]


def host_port(listen: str) -> tuple[str, int]:
    """Split `host:port`; brackets around an IPv6 host are dropped."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def resolver_address(value: str) -> tuple[str, int]:
    """Address and port of a resolver; ValueError for what is none."""
    host, colon, port = value.rpartition(":")
    is_bare = not colon or value.endswith("]") or (":" in host and not host.endswith("]"))
    if is_bare:
        host, port = value, "53"
    host = str(ip_address(host.strip("[]")))
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(port)
    return host, int(port)


class SmtpSettings(Section):
    """A listener: `[smtp]`, `[smtps]` (implicit TLS) or `[lmtp]` (RFC 2033)."""

    listen: Listen = "127.0.0.1:2525"
    hostname: str = "localhost"
    certificate: Path | None = None
    key: Path | None = None
    require_starttls: bool = False
    max_size: int = Field(26_214_400, gt=0)
    max_in_flight: int = Field(268_435_456, gt=0)
    max_line: int = Field(100_000, ge=1000)
    max_recipients: int = Field(100, ge=1)
    max_errors: int = Field(10, ge=1)
    max_connections: int = Field(200, ge=1)
    max_connections_per_peer: int = Field(50, ge=1)
    timeout: float = Field(300.0, gt=0)

    @model_validator(mode="after")
    def _certificate_and_key(self) -> "SmtpSettings":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together: give both or neither")
        if self.require_starttls and self.certificate is None:
            raise ValueError("require_starttls needs a certificate and a key")
        if self.max_in_flight < self.max_size:
            raise ValueError(
                f"max_in_flight must be at least max_size, {self.max_size}; several times is better"
            )
        return self


class OAuthSettings(Section):
    """`[imap.oauth]`: a token from a command, or by the client-credentials grant (RFC 6749 4.4)."""

    mechanism: Literal["xoauth2", "oauthbearer"] = "xoauth2"
    token_command: tuple[str, ...] = ()
    token_url: str | None = None
    client_id: str | None = None
    client_secret_file: Path | None = None
    client_secret_env: str | None = None
    scope: str | None = None
    client_secret: Secret = None

    @model_validator(mode="after")
    def _one_way(self) -> "OAuthSettings":
        if bool(self.token_command) == bool(self.token_url):
            raise ValueError("give token_command or token_url, one of the two")
        if self.token_url and not self.client_id:
            raise ValueError(
                "token_url needs client_id and client_secret_file or client_secret_env"
            )
        return self


class ImapSettings(Section):
    """`[[imap]]`: one mailbox to take mail from."""

    url: ImapUrl
    password_file: Path | None = None
    password_env: str | None = None
    oauth: OAuthSettings | None = None
    deliver_to: MailAddress | None = None
    backfill: bool = False
    idle: bool = True
    idle_seconds: float = Field(1500.0, gt=0, lt=29 * 60)
    poll_seconds: float = Field(60.0, gt=0)
    timeout: float = Field(60.0, gt=0)
    batch: int = Field(50, ge=1)
    ca_file: Path | None = None
    password: Secret = None

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The server's port; 993 or 143 where the URL gives none."""
        return urlsplit(self.url).port or (993 if self.tls else 143)

    @property
    def tls(self) -> bool:
        """True for imaps://."""
        return urlsplit(self.url).scheme == "imaps"

    @property
    def user(self) -> str:
        """The account."""
        return unquote(urlsplit(self.url).username or "")

    @property
    def folder(self) -> str:
        """The mailbox in it; INBOX where the URL names none."""
        return unquote(urlsplit(self.url).path.strip("/")) or "INBOX"

    @property
    def name(self) -> str:
        """What logs and cursors call it: user@host/folder."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"

    @model_validator(mode="after")
    def _onesecret_of(self) -> "ImapSettings":
        ways = [self.password_file, self.password_env, self.oauth]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of password_file, password_env and [imap.oauth]")
        return self


class RelaySettings(Section):
    """`[relay]`: the mail server that takes our letters. Without it every letter is held."""

    url: RelayUrl
    starttls: Literal["auto", "required", "never"] = "auto"
    user: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    ca_file: Path | None = None
    hostname: str | None = None
    connections: int = Field(4, ge=1, le=100)
    per_minute: int = Field(1000, ge=1)
    per_domain_per_minute: int = Field(0, ge=0)
    domains: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    timeout: float = Field(60.0, gt=0)
    retry_seconds: float = Field(60.0, gt=0)
    give_up_hours: float = Field(72.0, gt=0)
    after_crash: Literal["repeat", "hold"] = "repeat"
    password: Secret = None

    @property
    def host(self) -> str:
        """The relay's name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The relay's port; 465 or 25 where the URL gives none."""
        return urlsplit(self.url).port or (465 if self.tls else 25)

    @property
    def tls(self) -> bool:
        """True for smtps:// (implicit TLS)."""
        return urlsplit(self.url).scheme == "smtps"

    @model_validator(mode="after")
    def _safe(self) -> "RelaySettings":
        if self.user and not (self.password_file or self.password_env):
            raise ValueError("user needs password_file or password_env")
        if self.user and not self.tls and self.starttls != "required" and self.host not in LOOPBACK:
            raise ValueError('a password needs TLS: use smtps:// or starttls = "required"')
        return self


class DkimSettings(Section):
    """`[[dkim]]`: a key that letters are signed with; the file is made by `triage dkim new`."""

    domain: Domain
    selector: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=63)]
    key_file: Path


class AnswerSettings(Section):
    """`[answers]`: who gets letters, and what they look like."""

    to: Literal["verified", "anyone", "nobody"] = "verified"
    sender: MailAddress | None = None
    name: str = "Triage"
    organization: str = "the triage team"
    language: str = "en"
    per_sender_per_hour: int = Field(10, ge=1)
    per_sender_per_day: int = Field(30, ge=1)
    per_ticket_per_day: int = Field(50, ge=1)
    per_day: int = Field(10_000, ge=1)
    trusted_authserv: tuple[str, ...] = ()


class NoticeSettings(Section):
    """`[notices]`: who must approve news, and how carefully it goes out."""

    two_from: int = Field(500, ge=0)
    drafter_may_approve: bool = True
    token_hours: float = Field(24.0, gt=0)
    canary: int = Field(50, ge=0)
    canary_share: float = Field(0.0, ge=0, le=1)
    canary_from: int = Field(1000, ge=1)
    canary_minutes: float = Field(10.0, ge=0)
    stop_share: float = Field(0.1, gt=0, le=1)
    stop_complaints: float = Field(0.003, gt=0, le=1)
    stop_least: int = Field(5, ge=1)
    quiet: QuietHours = ""
    loud: tuple[NoticeKind, ...] = ("opened",)
    soft_limit: int = Field(5, ge=1)
    soft_days: int = Field(30, ge=1)


class TrustSettings(Section):
    """`[trust]`: how it is found out whether a sender is who they say they are."""

    authserv: tuple[str, ...] = ()
    dns: bool = False
    resolvers: tuple[ResolverAddress, ...] = ()
    seconds: float = Field(5.0, gt=0, le=60)
    relays: tuple[Network, ...] = OUR_NETWORKS


class OperatorSettings(Section):
    """`[operators]`: whose mail may command; only where the sender is verified."""

    addresses: tuple[MailAddress, ...] = ()
    domains: tuple[Domain, ...] = ()
    confirm_minutes: float = Field(60.0, gt=0)


class HandoffSettings(Section):
    """`[handoff]`: when whoever a ticket was handed to is reminded, and when the next is asked."""

    remind_hours: float = Field(24.0, gt=0)
    escalate_hours: float = Field(48.0, gt=0)
    own_domains: tuple[Domain, ...] = ()

    @model_validator(mode="after")
    def _reminded_first(self) -> "HandoffSettings":
        if self.escalate_hours <= self.remind_hours:
            raise ValueError("escalate_hours must be more than remind_hours")
        return self


class ConsoleRoles(Section):
    """`[console.roles]`: who may sign in by a link mailed to their address, and as what."""

    reader: tuple[MailAddress, ...] = ()
    triager: tuple[MailAddress, ...] = ()
    announcer: tuple[MailAddress, ...] = ()
    administrator: tuple[MailAddress, ...] = ()

    def of(self, address: str) -> Role | None:
        """The highest role of that address."""
        wanted = address.lower()
        names: tuple[Role, ...] = ("administrator", "announcer", "triager", "reader")
        for name in names:
            if wanted in map(str.lower, getattr(self, name)):
                return name
        return None


class OidcSettings(Section):
    """`[console.oidc]`: sign-in by an OpenID Connect provider; `claim` says who has which role."""

    issuer: PageUrl
    client_id: str
    client_secret_file: Path | None = None
    client_secret_env: str | None = None
    scope: str = "openid email profile"
    name: str = "your organization"
    claim: str = "groups"
    reader: tuple[str, ...] = ()
    triager: tuple[str, ...] = ()
    announcer: tuple[str, ...] = ()
    administrator: tuple[str, ...] = ()
    ca_file: Path | None = None
    client_secret: Secret = None


class MatchingSettings(Section):
    """`[matching]`: what is done with a report whose content is like that of a ticket.

    It may `join` where that is sure, only be suggested, or be left alone ("off").
    """

    content: Literal["join", "suggest", "off"] = "join"


class ConsoleSettings(Section):
    """`[console]`: the web pages, `/healthz` and `/metrics`."""

    listen: Listen = "127.0.0.1:8025"
    url: PageUrl | None = None
    proxies: tuple[Network, ...] = ()
    idle_minutes: float = Field(120.0, gt=0)
    session_hours: float = Field(12.0, gt=0)
    link_minutes: float = Field(15.0, gt=0)
    roles: ConsoleRoles = ConsoleRoles()
    oidc: OidcSettings | None = None

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return host_port(self.listen)[0] in LOOPBACK

    @property
    def names_people(self) -> bool:
        """Whether somebody can sign in without the machine's help."""
        return self.oidc is not None or self.roles != ConsoleRoles()

    @property
    def is_secure(self) -> bool:
        """Whether people reach it by https."""
        return self.url is not None and self.url.startswith("https://")

    @property
    def has_pages(self) -> bool:
        """Whether there are pages: off loopback only where its url is known."""
        return self.on_loopback or self.url is not None


class WorkerSettings(Section):
    """`[workers]`: how much is done at once."""

    readers: int = Field(1, ge=0, le=64)
    batch: int = Field(40, ge=1, le=200)
    read_seconds: float = Field(20.0, gt=0)
    attempts: int = Field(3, ge=1)
    lease_seconds: float = Field(60.0, gt=1)


class Settings(Section):
    """The whole configuration."""

    store: StoreUrl
    store_env: str | None = None
    addresses: tuple[MailAddress, ...] = Field(("triage@localhost",), min_length=1)
    zone: Zone = "America/New_York"
    data: Path | None = None
    templates: Path | None = None
    log: Literal["text", "json"] = "text"
    smtp: SmtpSettings | None = None
    smtps: SmtpSettings | None = None
    lmtp: SmtpSettings | None = None
    imap: tuple[ImapSettings, ...] = ()
    relay: RelaySettings | None = None
    dkim: tuple[DkimSettings, ...] = ()
    answers: AnswerSettings = AnswerSettings()
    notices: NoticeSettings = NoticeSettings()
    trust: TrustSettings = TrustSettings()
    operators: OperatorSettings = OperatorSettings()
    matching: MatchingSettings = MatchingSettings()
    handoff: HandoffSettings = HandoffSettings()
    console: ConsoleSettings | None = None
    workers: WorkerSettings = WorkerSettings()
    trackers: dict[str, dict[str, Any]] = Field(default_factory=dict)
    channels: dict[str, dict[str, Any]] = Field(default_factory=dict)
    _file: str = PrivateAttr("the defaults")

    @property
    def file(self) -> str:
        """What these settings were read from: for errors that show only when they are used."""
        return self._file

    @property
    def authserv(self) -> tuple[str, ...]:
        """Whose Authentication-Results we believe, under either of its names."""
        return (*self.trust.authserv, *self.answers.trusted_authserv)

    @property
    def ways_in(self) -> tuple[str, ...]:
        """The tables that open a door."""
        return tuple(name for name in WAYS_IN if getattr(self, name))

    @model_validator(mode="after")
    def _sound(self) -> "Settings":
        if self.smtps and self.smtps.certificate is None:
            raise ValueError("[smtps] needs a certificate and a key")
        names = [box.name for box in self.imap]
        if len(set(names)) != len(names):
            raise ValueError("the same [[imap]] mailbox stands there twice")
        self._aligned()
        return self

    @property
    def sending_domain(self) -> str:
        """The domain that stands in From."""
        return (self.answers.sender or self.addresses[0]).rpartition("@")[2]

    def _aligned(self) -> None:
        """A signature of another domain than From's would count for nothing (DMARC)."""
        sending = self.sending_domain
        for one in self.dkim:
            if not f".{sending}".endswith(f".{one.domain}"):
                raise ValueError(
                    f"dkim.domain {one.domain} does not speak for {sending}, which stands in From: "
                    f"sign as {sending}"
                )
        selectors = [(one.domain, one.selector) for one in self.dkim]
        if len(set(selectors)) != len(selectors):
            raise ValueError("the same dkim.selector stands there twice")


def data_home() -> Path:
    """The user's data folder for this program (XDG base directory specification)."""
    base = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
    return Path(base) / "triage-gateway"


def shipped(name: str) -> Path:
    """A shipped folder (`data`, `templates`): inside the package, or beside it in a checkout."""
    here = Path(__file__).parent
    packaged = here / "_shipped" / name
    return packaged if packaged.is_dir() else here.parent / name


def load(path: Path | None = None, *, text: str | None = None) -> Settings:
    """Read the configuration from `path` (default `triage.toml`, which may be absent).

    Raises ConfigError. Without a file: SQLite in the user's data folder, loopback only, no relay.
    """
    file = path or Path("triage.toml")
    if text is None:
        if path is None and not file.exists():
            return Settings(store=_default_store(), smtp=SmtpSettings(), console=ConsoleSettings())
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: cannot be read: {error}") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    _interpolate_store(table, file)
    settings = checked(Settings, table, str(file))
    settings._file = str(file)
    _try_paths(settings)
    return _with_secrets(settings)


def _default_store() -> str:
    return f"sqlite:///{data_home() / 'triage.db'}"


def _interpolate_store(table: dict[str, Any], file: Path) -> None:
    """`store_env = "NAME"` takes the database URL, which may hold a password, from there."""
    name = table.get("store_env")
    if name is None:
        table.setdefault("store", _default_store())
    elif "store" in table:
        raise ConfigError(f"{file}: store: give store or store_env, one of the two")
    elif not os.environ.get(str(name)):
        raise ConfigError(f"{file}: store_env: the environment variable {name} is not set: set it")
    else:
        table["store"] = os.environ[str(name)]


def secret_of(file: Path | None, env: str | None, where: str) -> SecretStr | None:
    """The secret in that file or environment variable, as it is now. Raises ConfigError.

    None where neither is given. `where` is its key without `_file` and `_env`.
    """
    if file is not None:
        try:
            return SecretStr(file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{where}_file: {file} cannot be read: {error}") from error
    if env is not None:
        value = os.environ.get(env)
        if not value:
            raise ConfigError(
                f"{where}_env: the environment variable {env} is not set: set it, "
                "or name a file instead"
            )
        return SecretStr(value)
    return None


def imap_secrets(box: ImapSettings, where: str = "imap") -> ImapSettings:
    """`box` with its secrets as they are now: they may have been rotated. Raises ConfigError."""
    secret = secret_of(box.password_file, box.password_env, f"{where}.password")
    oauth = box.oauth
    if oauth is not None and oauth.token_url:
        client = secret_of(
            oauth.client_secret_file, oauth.client_secret_env, f"{where}.oauth.client_secret"
        )
        oauth = oauth.model_copy(update={"client_secret": client})
    return box.model_copy(update={"password": secret, "oauth": oauth})


def _with_secrets(settings: Settings) -> Settings:
    """Read every secret, so that what is missing is found at start."""
    file = settings.file
    boxes = [imap_secrets(box, f"{file}: imap.{n}") for n, box in enumerate(settings.imap)]
    relay = settings.relay
    if relay is not None:
        secret = secret_of(relay.password_file, relay.password_env, f"{file}: relay.password")
        relay = relay.model_copy(update={"password": secret})
    return settings.model_copy(
        update={"imap": tuple(boxes), "relay": relay, "console": _console_secrets(settings)}
    )


def _console_secrets(settings: Settings) -> ConsoleSettings | None:
    console = settings.console
    if console is None or console.oidc is None:
        return console
    oidc = console.oidc
    secret = secret_of(
        oidc.client_secret_file, oidc.client_secret_env,
        f"{settings.file}: console.oidc.client_secret",
    )  # fmt: skip
    return console.model_copy(update={"oidc": oidc.model_copy(update={"client_secret": secret})})


def _try_paths(settings: Settings) -> None:
    """What the file names must be there. Raises ConfigError."""
    for key, folder in (("data", settings.data), ("templates", settings.templates)):
        if folder is not None and not folder.is_dir():
            raise ConfigError(
                f"{settings.file}: {key}: {folder} is no folder: make it, or leave {key} out"
            )
    for key, path in _files_named(settings):
        if path is not None and not path.is_file():
            raise ConfigError(
                f"{settings.file}: {key}: {path}: no such file: put it there, or leave {key} out"
            )


def _files_named(settings: Settings) -> Iterator[tuple[str, Path | None]]:
    for name in WAYS_IN[:3]:
        listener: SmtpSettings | None = getattr(settings, name)
        if listener is not None:
            yield f"{name}.certificate", listener.certificate
            yield f"{name}.key", listener.key
    for number, box in enumerate(settings.imap):
        yield f"imap.{number}.ca_file", box.ca_file
    for number, key in enumerate(settings.dkim):
        yield f"dkim.{number}.key_file", key.key_file
    if settings.relay is not None:
        yield "relay.ca_file", settings.relay.ca_file
    if settings.console is not None and settings.console.oidc is not None:
        yield "console.oidc.ca_file", settings.console.oidc.ca_file
