"""Configuration: `triage.toml` becomes frozen settings. The only reader of files and environment.

An unknown key, a value out of range or a missing secret is a `ConfigError` that names the
file, the key and what to do. Secrets never stand in the file: `..._file` names a file that
holds one, `..._env` an environment variable.
"""

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from gateway.errors import ConfigError

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def _listen_address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError("must be host:port, for example 127.0.0.1:2525")
    return value


def _mail_address(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not local or not domain or any(c.isspace() for c in value):
        raise ValueError("must be an address such as triage@example.org")
    return f"{local}@{domain.lower()}"


Listen = Annotated[str, AfterValidator(_listen_address)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]


def host_port(listen: str) -> tuple[str, int]:
    """Split `host:port`; brackets around an IPv6 host are dropped."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


class Section(BaseModel):
    """A table of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_secret_itself(cls, table: Any) -> Any:
        """What is read from elsewhere (fields that the file may not set) is not given here."""
        for name, field in cls.model_fields.items():
            if field.init is False and isinstance(table, dict) and name in table:
                raise ValueError(f"no {name} in this file: use {name}_file or {name}_env")
        return table


class SmtpSettings(Section):
    """A listener: `[smtp]`, `[smtps]` (implicit TLS) or `[lmtp]` (RFC 2033)."""

    listen: Listen = "127.0.0.1:2525"
    hostname: str = "localhost"
    certificate: Path | None = None
    key: Path | None = None
    require_starttls: bool = False
    max_size: int = Field(26_214_400, gt=0)
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
    client_secret: SecretStr | None = Field(None, exclude=True, init=False)

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

    url: str
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
    password: SecretStr | None = Field(None, exclude=True, init=False)

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
    def _safe(self) -> "ImapSettings":
        parts = urlsplit(self.url)
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
            raise ValueError("url must look like imaps://user@mail.example.org/INBOX")
        if parts.password:
            raise ValueError("no password in the url: use password_file or password_env")
        if parts.scheme == "imap" and parts.hostname not in LOOPBACK:
            raise ValueError("imap:// is only allowed on loopback: use imaps://")
        ways = [self.password_file, self.password_env, self.oauth]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of password_file, password_env and [imap.oauth]")
        return self


class RelaySettings(Section):
    """`[relay]`: the mail server that takes our letters. Without it every letter is held."""

    url: str
    starttls: Literal["auto", "required", "never"] = "auto"
    user: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    ca_file: Path | None = None
    hostname: str | None = None
    connections: int = Field(4, ge=1, le=100)
    per_minute: int = Field(1000, ge=1)
    timeout: float = Field(60.0, gt=0)
    retry_seconds: float = Field(60.0, gt=0)
    give_up_hours: float = Field(72.0, gt=0)
    after_crash: Literal["repeat", "hold"] = "repeat"
    password: SecretStr | None = Field(None, exclude=True, init=False)

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
        parts = urlsplit(self.url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("url must look like smtp://relay.example.org:25 or smtps://...")
        if self.user and not (self.password_file or self.password_env):
            raise ValueError("user needs password_file or password_env")
        if self.user and not self.tls and self.starttls != "required" and self.host not in LOOPBACK:
            raise ValueError('a password needs TLS: use smtps:// or starttls = "required"')
        return self


class AnswerSettings(Section):
    """`[answers]`: who gets letters, and what they look like."""

    to: Literal["verified", "anyone", "nobody"] = "verified"
    sender: MailAddress | None = None
    name: str = "Triage"
    organization: str = "the triage team"
    language: str = "en"
    per_sender_per_hour: int = Field(10, ge=1)
    trusted_authserv: tuple[str, ...] = ()


class ConsoleSettings(Section):
    """`[console]`: `/healthz` and `/metrics`."""

    listen: Listen = "127.0.0.1:8025"


class WorkerSettings(Section):
    """`[workers]`: how much is done at once."""

    readers: int = Field(1, ge=0, le=64)
    batch: int = Field(40, ge=1, le=200)
    read_seconds: float = Field(20.0, gt=0)
    attempts: int = Field(3, ge=1)
    lease_seconds: float = Field(60.0, gt=1)


class Settings(Section):
    """The whole configuration."""

    store: str = ""
    addresses: tuple[MailAddress, ...] = Field(("triage@localhost",), min_length=1)
    zone: str = "America/New_York"
    data: Path | None = None
    templates: Path | None = None
    log: Literal["text", "json"] = "text"
    smtp: SmtpSettings | None = None
    smtps: SmtpSettings | None = None
    lmtp: SmtpSettings | None = None
    imap: tuple[ImapSettings, ...] = ()
    relay: RelaySettings | None = None
    answers: AnswerSettings = AnswerSettings()
    console: ConsoleSettings | None = None
    workers: WorkerSettings = WorkerSettings()
    trackers: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _sound(self) -> "Settings":
        if self.smtps and self.smtps.certificate is None:
            raise ValueError("[smtps] needs a certificate and a key")
        if self.store and not self.store.startswith(("sqlite:///", "postgresql://")):
            raise ValueError('store must be "sqlite:///path" or "postgresql://user@host/database"')
        names = [box.name for box in self.imap]
        if len(set(names)) != len(names):
            raise ValueError("the same [[imap]] mailbox stands there twice")
        return self


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
            return _with_secrets(
                Settings(store=_default_store(), smtp=SmtpSettings(), console=ConsoleSettings()),
                "the defaults",
            )
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: cannot be read: {error}") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    _interpolate_store(table, file)
    try:
        settings = Settings.model_validate(table)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(error, file))) from error
    return _with_secrets(settings, str(file))


def _default_store() -> str:
    return f"sqlite:///{data_home() / 'triage.db'}"


def _interpolate_store(table: dict[str, Any], file: Path) -> None:
    """`store_env = "NAME"` takes the database URL, which may hold a password, from there."""
    name = table.pop("store_env", None)
    if name is None:
        table.setdefault("store", _default_store())
    elif "store" in table:
        raise ConfigError(f"{file}: store: give store or store_env, one of the two")
    elif not os.environ.get(str(name)):
        raise ConfigError(f"{file}: store_env: the environment variable {name} is not set: set it")
    else:
        table["store"] = os.environ[str(name)]


def _explain(error: ValidationError, file: Path) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in problem["loc"]) or "the file"
        if problem["type"] == "extra_forbidden":
            known = _known_keys(problem["loc"][:-1])
            near = get_close_matches(str(problem["loc"][-1]), known, 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            lines.append(f"{file}: {where}: unknown key.{hint} Known here: {', '.join(known)}")
        else:
            lines.append(f"{file}: {where}: {problem['msg'].removeprefix('Value error, ')}")
    return lines


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    section: type[BaseModel] = Settings
    for part in location:
        if isinstance(part, int):
            continue
        kinds: list[type[BaseModel]] = [SmtpSettings, OAuthSettings, ImapSettings, RelaySettings]
        kinds += [AnswerSettings, ConsoleSettings, WorkerSettings]
        annotation = str(section.model_fields[part].annotation)
        section = next((kind for kind in kinds if kind.__name__ in annotation), section)
    known = [name for name, field in section.model_fields.items() if field.init is not False]
    return sorted([*known, "store_env"] if section is Settings else known)


def _secret(file: Path | None, env: str | None, where: str) -> SecretStr | None:
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
    secret = _secret(box.password_file, box.password_env, f"{where}.password")
    oauth = box.oauth
    if oauth is not None and oauth.token_url:
        client = _secret(
            oauth.client_secret_file, oauth.client_secret_env, f"{where}.oauth.client_secret"
        )
        oauth = oauth.model_copy(update={"client_secret": client})
    return box.model_copy(update={"password": secret, "oauth": oauth})


def _with_secrets(settings: Settings, file: str) -> Settings:
    """Read every secret and try every path, so that what is missing is found at start."""
    boxes = [imap_secrets(box, f"{file}: imap.{n}") for n, box in enumerate(settings.imap)]
    relay = settings.relay
    if relay is not None:
        secret = _secret(relay.password_file, relay.password_env, f"{file}: relay.password")
        relay = relay.model_copy(update={"password": secret})
    for key, folder in (("data", settings.data), ("templates", settings.templates)):
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"{file}: {key}: {folder} is no folder: make it, or leave {key} out")
    for listener in (settings.smtp, settings.smtps, settings.lmtp):
        for path in (listener.certificate, listener.key) if listener else ():
            if path is not None and not path.is_file():
                raise ConfigError(f"{file}: {path}: no such certificate or key file")
    return settings.model_copy(update={"imap": tuple(boxes), "relay": relay})
