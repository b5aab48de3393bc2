"""The configuration: what is wrong with it is said with file, key and remedy."""

import json
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gateway import channels, config, trackers
from gateway.config import Settings, load, resolver_address
from gateway.errors import ConfigError
from gateway.section import Section

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "triage.example.toml"
BOX = '[[imap]]\nurl = "imaps://u@mail.example/INBOX"\n'
SMTPS = '[smtps]\ncertificate = "c"\n'


def wrong(text: str) -> str:
    """What is said about a file with this text."""
    with pytest.raises(ConfigError) as caught:
        load(Path("my.toml"), text=text)
    return str(caught.value)


# --- without a file, and with one ---------------------------------------------------------------


def test_without_a_file_all_is_on_loopback_and_letters_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    settings = load()
    assert settings.store == f"sqlite:///{tmp_path}/share/triage-gateway/triage.db"
    assert settings.smtp is not None
    assert settings.smtp.listen.startswith("127.0.0.1:")
    assert settings.relay is None
    assert list(tmp_path.iterdir()) == []


def test_the_data_folder_is_in_the_home_where_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert config.data_home() == tmp_path / ".local/share/triage-gateway"


def test_triage_toml_of_the_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "triage.toml").write_text('log = "json"\n')
    assert load().log == "json"


def test_an_empty_file_opens_no_door() -> None:
    settings = load(text="")
    assert (settings.smtp, settings.imap, settings.relay, settings.console) == (
        None,
        (),
        None,
        None,
    )


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.toml: cannot be read"):
        load(tmp_path / "no.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"binary\.toml: cannot be read"):
        load(tmp_path / "binary.toml")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(Exception, match="frozen"):
        load(text="").zone = "UTC"  # type: ignore[misc]  # what must fail


# --- what is wrong is said ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("log = ", ["my.toml", "not valid TOML"]),
        ('sotre = "x"', ["my.toml: sotre: unknown key", "Did you mean store?", "store_env"]),
        ("[answers]\nlanguge = 'en'", ["my.toml: answers.languge", "language", "per_sender"]),
        ("[smtp]\nport = 25", ["my.toml: smtp.port: unknown key", "listen"]),
        (f'{BOX}pasword_file = "x"', ["my.toml: imap.0.pasword_file", "password_file"]),
        (f"{BOX}[imap.oauth]\ntoken = 1", ["imap.0.oauth.token", "token_url"]),
        ('store = "mysql://x"', ["my.toml: store: must be", "postgresql://user@host/database"]),
        ('store = "sqlite:///"', ["my.toml: store: must be", "sqlite:///path"]),
        ('store = "sqlite:///:memory:"', ["my.toml: store: must be", "sqlite:///path"]),
        ('store = "sqlite:////tmp"', ["my.toml: store: /tmp is a folder: name a file"]),
        ('store = "postgresql://u:sesame@db.example:x/t"', ["my.toml: store: its port must be"]),
        (
            'zone = "Nowhere/Atlantis"',
            ["my.toml: zone: Nowhere/Atlantis is no", "America/New_York"],
        ),
        ('zone = ""', ["my.toml: zone: ", "America/New_York"]),
        ("addresses = []", ["my.toml: addresses", "at least 1"]),
        ('addresses = ["tri<age@x.example"]', ["my.toml: addresses.0", "triage@example.org"]),
        ('addresses = ["triage"]', ["addresses.0", "triage@example.org"]),
        ('addresses = "triage@x.example"', ["my.toml: addresses: must be a list: addresses = ["]),
        ('log = "xml"', ["my.toml: log", "'text' or 'json'"]),
        ('[smtp]\nlisten = "2525"', ["smtp.listen", "host:port"]),
        ('[smtp]\nlisten = "127.0.0.1:99999"', ["smtp.listen", "host:port"]),
        ("[smtp]\nmax_size = 0", ["smtp.max_size", "greater than 0"]),
        (
            "[smtp]\nmax_in_flight = 1000",
            ["my.toml: smtp: max_in_flight must be at least max_size"],
        ),
        ("[smtp]\nrequire_starttls = true", ["my.toml: smtp", "certificate"]),
        ('[smtp]\ncertificate = "c"', ["my.toml: smtp", "give both or neither"]),
        ("[smtps]", ["my.toml", "[smtps] needs a certificate"]),
        ("imap = 3", ["my.toml: imap", "[[imap]], in two brackets"]),
        (BOX.replace("[[imap]]", "[imap]"), ["my.toml: imap", "[[imap]], in two brackets"]),
        ('[trust]\nresolvers = ["dns.example"]', ["my.toml: trust.resolvers.0", "127.0.0.1:53"]),
        ('[trust]\nresolvers = ["127.0.0.1:0"]', ["my.toml: trust.resolvers.0", "127.0.0.1:53"]),
        ('[trust]\nrelays = ["192.0.2.1/24"]', ["my.toml: trust.relays.0", "192.0.2.0/24"]),
        ("[trust]\nseconds = 0", ["my.toml: trust.seconds", "greater than 0"]),
        ('[trust]\ndns = "on"', ["my.toml: trust.dns"]),
        ('[operators]\ndomains = ["@x.example"]', ["my.toml: operators.domains.0", "example.org"]),
        ('[operators]\naddresses = ["ann"]', ["my.toml: operators.addresses.0"]),
        ("smtp = 3", ["my.toml: smtp: must be a table: begin it with [smtp]"]),
        ("[trackers]\nfolder = 3", ["my.toml: trackers.folder: must be a table"]),
        (BOX, ["imap.0", "password_file, password_env and [imap.oauth]"]),
        ('[[imap]]\nurl = "imaps://u@x.example:99999/"', ["imap.0.url: its port must be a number"]),
        ('[[imap]]\nurl = "imaps://u@x.example:x/"', ["imap.0.url: its port must be a number"]),
        ('[[imap]]\nurl = "http://x"', ["imap.0", "imaps://user@mail.example.org/INBOX"]),
        ('[[imap]]\nurl = "imaps://u:sesame@x.example"', ["imap.0", "no password in the url"]),
        ('[[imap]]\nurl = "imap://u@x.example"', ["imap.0", "use imaps://"]),
        (f"{BOX}idle_seconds = 1740\npassword_env='X'", ["imap.0.idle_seconds", "less than 1740"]),
        (f"{BOX}[imap.oauth]", ["imap.0.oauth", "token_command or token_url"]),
        ("[relay]", ["my.toml: relay.url", "required", "add url = "]),
        ('[relay]\nurl = "smtp://x.example:70000"', ["relay.url: its port must be a number"]),
        ('[relay]\nurl = "smtp://u:sesame@x.example"', ["relay.url: no user and no password in"]),
        (
            '[relay]\nurl = "smtp://x.example/INBOX"',
            ["relay.url: nothing may follow host and port"],
        ),
        ('[relay]\nurl = "mail.example"', ["my.toml: relay", "smtp://relay.example.org:25"]),
        ('[relay]\nurl = "smtp://x.example"\nuser = "u"', ["relay", "password_file"]),
        (
            '[relay]\nurl = "smtp://x.example"\nuser = "u"\npassword_env = "P"',
            ["relay", "a password needs TLS"],
        ),
        ('[answers]\nto = "all"', ["answers.to", "'verified', 'anyone' or 'nobody'"]),
        ("[answers]\nper_sender_per_hour = 0", ["answers.per_sender_per_hour"]),
        ("[workers]\nreaders = 100", ["workers.readers", "less than or equal to 64"]),
        ("[workers]\nattempts = 'x'", ["workers.attempts: must be a valid integer"]),
        ("[workers]\nattempts = true", ["workers.attempts: must be a valid integer"]),
        ("[workers]\nattempts = '3'", ["workers.attempts: must be a valid integer"]),
        ("[workers]\nread_seconds = true", ["workers.read_seconds: must be a valid number"]),
        ("[workers]\nread_seconds = nan", ["workers.read_seconds: must be a finite number"]),
        ("[smtp]\nrequire_starttls = 1", ["smtp.require_starttls: must be a valid boolean"]),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_remedy(text: str, said: list[str]) -> None:
    found = wrong(text)
    for words in said:
        assert words in found
    assert "sesame" not in found
    assert "pydantic" not in found


def test_a_whole_number_will_do_where_a_fraction_may_stand() -> None:
    assert load(text="[workers]\nread_seconds = 20").workers.read_seconds == 20.0


def test_settings_know_the_file_that_they_came_from() -> None:
    assert load(Path("my.toml"), text="").file == "my.toml"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert len(wrong('log = "xml"\nfoo = 1\n[smtp]\nbar = 2\n').splitlines()) == 3


def test_one_mailbox_does_not_stand_there_twice() -> None:
    box = f'{BOX}password_env = "X"\n'
    assert "stands there twice" in wrong(box + box)


# --- secrets ------------------------------------------------------------------------------------


def test_secrets_come_from_files_and_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOX", "sesame")
    (tmp_path / "relay").write_text("open\n")
    settings = load(
        text=f'{BOX}password_env = "BOX"\n[relay]\nurl = "smtps://relay.example"\nuser = "u"\n'
        f'password_file = "{tmp_path / "relay"}"\n'
    )
    assert settings.imap[0].password is not None
    assert settings.imap[0].password.get_secret_value() == "sesame"
    assert settings.relay is not None
    assert settings.relay.password is not None
    assert settings.relay.password.get_secret_value() == "open"
    assert "sesame" not in repr(settings)
    assert "sesame" not in str(settings.model_dump())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'{BOX}password_env = "NO_SUCH"', ["my.toml: imap.0.password_env", "NO_SUCH", "set it"]),
        (f'{BOX}password_file = "/no/such"', ["my.toml: imap.0.password_file", "/no/such"]),
        (
            '[relay]\nurl = "smtps://x.example"\nuser = "u"\npassword_env = "NO_SUCH"',
            ["my.toml: relay.password_env", "NO_SUCH"],
        ),
        (
            f'{BOX}[imap.oauth]\ntoken_url = "https://x"\nclient_id = "i"\n'
            'client_secret_env = "NO_SUCH"',
            ["my.toml: imap.0.oauth.client_secret_env", "NO_SUCH"],
        ),
        ('store_env = "NO_SUCH"', ["my.toml: store_env", "NO_SUCH", "set it"]),
        ('store = "sqlite:///x"\nstore_env = "X"', ["my.toml: store", "one of the two"]),
        ('data = "/no/such"', ["my.toml: data: /no/such is no folder"]),
        ('templates = "/dev/null"', ["my.toml: templates: /dev/null is no folder"]),
        (
            '[smtp]\ncertificate = "/no/c"\nkey = "/no/k"',
            ["my.toml: smtp.certificate: /no/c: no such file"],
        ),
        (
            '[relay]\nurl = "smtp://x.example"\nca_file = "/no/ca"',
            ["my.toml: relay.ca_file: /no/ca: no such file"],
        ),
    ],
)
def test_what_the_file_names_and_is_missing_is_said(
    text: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    found = wrong(text)
    for words in said:
        assert words in found


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]", ("::1", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(
    given: str, address: tuple[str, int]
) -> None:
    assert resolver_address(given) == address
    assert load(text=f'[trust]\nresolvers = ["{given}"]').trust.resolvers == (given,)


def test_the_store_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE", "postgresql://u:sesame@db.example/triage")
    assert load(text='store_env = "STORE"').store == "postgresql://u:sesame@db.example/triage"


@pytest.mark.parametrize("where", ["password", "client_secret"])
def test_a_secret_cannot_stand_in_the_file(where: str) -> None:
    text = f'{BOX}password = "sesame"' if where == "password" else (
        f'{BOX}[imap.oauth]\ntoken_url = "https://x"\nclient_id = "i"\nclient_secret = "sesame"'
    )  # fmt: skip
    found = wrong(text)
    assert where in found
    assert "sesame" not in found


# --- what is made of addresses ------------------------------------------------------------------


def test_urls_are_taken_apart() -> None:
    settings = load(
        text='[[imap]]\nurl = "imaps://ann%40x.example@mail.example/Shared%20box"\n'
        'password_env = "HOME"\n[relay]\nurl = "smtps://relay.example"\n'
    )
    (box,), relay = settings.imap, settings.relay
    assert relay is not None
    assert (box.user, box.host, box.port, box.folder, box.tls) == (
        "ann@x.example", "mail.example", 993, "Shared box", True,
    )  # fmt: skip
    assert (relay.host, relay.port, relay.tls) == ("relay.example", 465, True)
    assert config.host_port("[::1]:25") == ("::1", 25)


def test_the_domain_of_our_address_is_in_lower_case() -> None:
    assert load(text='addresses = ["Triage@Example.ORG"]').addresses == ("Triage@example.org",)


# --- the example --------------------------------------------------------------------------------


def uncommented() -> str:
    """The example with every setting that is off turned on."""
    on = re.sub(r"(?m)^#(?=[\w\[])", "", EXAMPLE.read_text())
    return re.sub(r"(?m)^store = .*\n", "", on)


def keys_of(section: type[BaseModel], prefix: str = "") -> set[str]:
    """Every key that may stand in a file, as `section.key`."""
    found = set()
    for name, field in section.model_fields.items():
        if field.init is False:
            continue
        inner = [
            kind for kind in Section.__subclasses__() if kind.__name__ in str(field.annotation)
        ]
        found |= keys_of(inner[0], f"{prefix}{name}.") if inner else {f"{prefix}{name}"}
    return found


def keys_in(table: dict[str, Any], prefix: str = "") -> set[str]:
    found = set()
    for key, value in table.items():
        inner = value if isinstance(value, list) and value else [value]
        if isinstance(inner[0], dict) and inner[0]:
            for one in inner:
                found |= keys_in(one, f"{prefix}{key}.")
        else:
            found.add(f"{prefix}{key}")
    return found


def test_the_example_can_be_used_as_it_is() -> None:
    settings = load(EXAMPLE)
    assert settings.relay is None, "nothing goes out before somebody wants it to"
    for listener in (settings.smtp, settings.console):
        assert listener is not None
        assert listener.listen.startswith("127.0.0.1:")


def test_the_example_shows_the_defaults() -> None:
    shown, plain = load(EXAMPLE), load(text="[smtp]\n[console]\n")
    ours = {"store"}
    assert shown.model_dump(exclude=ours) == plain.model_dump(exclude=ours)


def test_the_example_names_every_key() -> None:
    named = keys_in(tomllib.loads(uncommented()))
    prose = {f"{prefix}{key}" for prefix, key in (
        ("imap.oauth.", "client_secret_env"), ("relay.", "password_env"),
        ("console.oidc.", "client_secret_env"))}  # fmt: skip
    for key in prose:
        assert f"# Or: {key.rpartition('.')[2]} = " in EXAMPLE.read_text()
    named = {key for key in named if not key.startswith(("trackers.", "channels."))}
    known = keys_of(Settings) - {"trackers", "channels", "store"} | {"store_env"}
    assert named | prose == known


def test_the_example_names_every_key_of_every_tracker_and_channel(tmp_path: Path) -> None:
    tables = tomllib.loads(uncommented())
    (tmp_path / "secret").write_text("json://hooks.example")
    secret = json.dumps(str(tmp_path / "secret"))
    template = str(ROOT / "templates" / "trackers" / "plain.txt")
    for group, package in (("trackers", trackers), ("channels", channels)):
        by_kind = {table.get("kind", word): table for word, table in tables[group].items()}
        assert set(by_kind) == set(package.known())
        for kind, table in by_kind.items():
            settings = import_module(f"gateway.{group}.{kind}").Settings
            others = {
                key for key in settings.model_fields if f"# Or: {key} = " in EXAMPLE.read_text()
            }
            assert set(table) | others | {"kind"} == set(settings.model_fields) | {"kind"}, kind
            for key, value in table.items():
                default = settings.model_fields[key].get_default(call_default_factory=True)
                if isinstance(default, bool | float | int | str):
                    assert value == default or key in {"kind", "url"}, f"{group}.{kind}.{key}"
        text = json.dumps(tables[group])
        text = re.sub(r'"/etc/triage/templates/[^"]*"', json.dumps(template), text)
        text = re.sub(r'"/etc/triage/[^"]*"', secret, text)
        found = json.loads(re.sub(r', "ca_file": "[^"]*"', "", text))
        assert len(package.load(found)) == len(found)


def test_each_setting_that_is_off_in_the_example_works_and_shows_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("TRIAGE_STORE", "sqlite:///x.db"), ("TRIAGE_IMAP_PASSWORD", "sesame")):
        monkeypatch.setenv(name, value)
    (tmp_path / "secret").write_text("sesame")
    # The files it names are somebody else's; any one does for reading.
    text = re.sub(r'(data|templates) = "/etc[^"]*"', rf'\1 = "{tmp_path}"', uncommented())
    text = re.sub(r'= "/(?:etc|usr)[^"]*"', f'= "{tmp_path / "secret"}"', text)
    text = text.replace('starttls = "auto"', 'starttls = "required"')
    text = text.replace("@localhost", "@example.org")  # for which [[dkim]] speaks
    settings = load(EXAMPLE, text=text)
    assert len(settings.imap) == 4
    assert settings.relay is not None
    assert settings.smtps is not None
    given = {"url", "user", "password", "password_file", "ca_file", "hostname", "starttls"}
    plain = config.RelaySettings(url="smtp://x.example").model_dump(exclude=given)
    assert settings.relay.model_dump(exclude=given) == plain
    plain = config.SmtpSettings().model_dump(exclude={"listen", "certificate", "key"})
    for listener in (settings.smtps, settings.lmtp):
        assert listener is not None
        assert listener.model_dump(exclude={"listen", "certificate", "key"}) == plain
    box = {"url", "password_file", "deliver_to", "ca_file"}
    whole = settings.imap[0].model_dump(exclude=box)
    other = config.ImapSettings(url="imaps://u@x.example", password_env="X")
    assert whole == other.model_dump(exclude=box) | {"password_env": None}
