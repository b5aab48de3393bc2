"""The settings as they are in force, with where each comes from; what is secret is never told."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from gateway.config import Settings, data_home
from gateway.section import Section

Origin = Literal["file", "default", "environment"]
_LOGIN = re.compile(r"(?<=//)[^/@\s]+@")
_FREE = ("trackers", "channels")  # tables whose own code knows what stands in them
_SECRET = re.compile(r"secret|token|password|key|credential", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting: its key, its value as text, and from where that is."""

    key: str
    value: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the file; `is_there`: it is in force."""

    name: str
    is_there: bool
    settings: tuple[Shown, ...] = ()


def is_read(settings: Settings) -> bool:
    """Whether there is a file that they were read from."""
    return settings.file.endswith(".toml") or Path(settings.file).is_file()


def tables(settings: Settings) -> list[Table]:
    """Every table, in the order of the configuration; first what stands before any."""
    given = is_read(settings)
    top: list[Shown] = []
    found: list[Table] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        kind = type(settings).model_fields[name].annotation
        if name == "store":
            top.append(_store(settings, given))
        elif name in _FREE:
            found += [
                Table(f"{name}.{one}", True, tuple(_free(table))) for one, table in value.items()
            ]
        elif isinstance(value, Section):
            found += _of(name, value, given)
        elif isinstance(value, tuple) and any(isinstance(one, Section) for one in value):
            for number, one in enumerate(value, 1):
                found += _of(f"{name} {number}" if len(value) > 1 else name, one, given)
        elif _is_of_sections(kind):
            found.append(Table(name, False))
        else:
            top.append(_shown(settings, name, given))
    return [Table("", True, tuple(top)), *found]


def _is_of_sections(kind: Any) -> bool:
    parts = [kind, *getattr(kind, "__args__", ())]
    return any(isinstance(part, type) and issubclass(part, Section) for part in parts)


def _of(name: str, section: Section, given: bool) -> Iterator[Table]:
    """The table, and those in it."""
    own: list[Shown] = []
    inner: list[Table] = []
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if field.exclude:
            continue
        if isinstance(value, Section):
            inner += _of(f"{name}.{key}", value, given)
        else:
            own.append(_shown(section, key, given))
    yield Table(name, True, tuple(own))
    yield from inner


def _shown(section: Section, key: str, given: bool) -> Shown:
    value = getattr(section, key)
    is_given = given and key in section.model_fields_set
    is_told = is_given or value != type(section).model_fields[key].get_default(
        call_default_factory=True
    )
    origin: Origin = "file" if is_told and given else "default"
    text = as_text(value)
    if key.endswith("_env") and value:
        return Shown(key, f"{text} (its value is not shown)", "environment")
    return Shown(key, text, origin)


def _free(table: Mapping[str, Any], above: str = "") -> Iterator[Shown]:
    for key, value in table.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _free(value, f"{name}.")
        elif key.endswith("_env"):
            yield Shown(name, f"{as_text(value)} (its value is not shown)", "environment")
        elif _SECRET.search(key) and not key.endswith("_file"):
            yield Shown(name, "not shown", "file")
        else:
            yield Shown(name, as_text(value), "file")


def _store(settings: Settings, given: bool) -> Shown:
    """A database URL may hold a password, in more than one place."""
    if settings.store_env:
        told = f"the variable {settings.store_env} (its value is not shown)"
        return Shown("store", told, "environment")
    is_default = settings.store == f"sqlite:///{data_home() / 'triage.db'}"
    origin: Origin = "default" if is_default or not given else "file"
    return Shown("store", without_password(settings.store), origin)


def without_password(url: str) -> str:
    """The URL without its password and without what follows a question mark."""
    plain, asks, _ = url.partition("?")
    return re.sub(r"(//[^/@:]*):[^/]*@", r"\1:***@", plain) + ("?..." if asks else "")


def as_text(value: Any) -> str:
    """As a person reads it."""
    if value is None or value in ("", (), {}, []):
        return "-"
    if isinstance(value, SecretStr):
        return "not shown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(as_text(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {as_text(one)}" for key, one in value.items())
    if isinstance(value, float):
        return f"{value:g}"
    return _LOGIN.sub("***@", str(value)) if ":***@" not in str(value) else str(value)
