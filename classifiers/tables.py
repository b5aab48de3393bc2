"""Reads TOML tables of the data folder, where files of an overlay replace those named alike.

What a file says wrongly is a ValueError that names file, key and remedy, raised at load and
never while reading mail.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """One TOML table and where it stands, so that a complaint can name the place."""

    values: Mapping[str, Any]
    file: Path
    where: str = ""

    def error(self, key: str, problem: str) -> ValueError:
        """A complaint about `key` of this table."""
        return ValueError(f"{self.file}: {self.where}{key}: {problem}")

    def known(self, keys: Iterable[str]) -> None:
        """Raise for a key that is not among `keys`."""
        names = sorted(keys)
        for key in self.values:
            if key not in names:
                near = get_close_matches(key, names, 1)
                hint = f"did you mean {near[0]}? " if near else ""
                raise self.error(key, f"unknown key: {hint}known here are {', '.join(names)}")

    def text(self, key: str, default: str | None = None) -> str:
        """The text at `key`; required where no default is given."""
        value = self.values.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.error(key, f'a text is needed, as in {key} = "..."')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts at `key`, empty where there is none."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, f'a list of texts is needed, as in {key} = ["..."]')
        return tuple(value)

    def number(self, key: str, default: int) -> int:
        """The whole number at `key`."""
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, f"a whole number is needed, as in {key} = {default}")
        return value

    def share(self, key: str) -> float:
        """The number from 0 to 1 at `key`."""
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.error(key, f"a number from 0 to 1 is needed, as in {key} = 0.5")
        return float(value)

    def flag(self, key: str) -> bool | None:
        """The truth value at `key`, None where there is none."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.error(key, "true or false is needed")
        return value

    def rows(self, key: str) -> tuple["Table", ...]:
        """The tables `[[key]]`, in order."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(key, f"tables are needed: write [[{key}]] above each")
        return tuple(
            Table(row, self.file, f"{self.where}{key}[{number}].")
            for number, row in enumerate(value, 1)
        )

    def table(self, key: str) -> "Table":
        """The table `[key]`, empty where there is none."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"a table is needed: write [{key}] above it")
        return Table(value, self.file, f"{self.where}{key}.")


def read_file(name: str, data: Path, overlay: Path | None) -> Table:
    """The table of `name`, the overlay's where it has one."""
    own = overlay / name if overlay else None
    return _parse(own if own and own.is_file() else data / name)


def read_folder(
    name: str, data: Path, overlay: Path | None, *, whole: bool = False
) -> tuple[Table, ...]:
    """The tables of every `*.toml` of folder `name`, by file name; at least one is needed.

    An overlay's file replaces the one named alike; where `whole`, any file of its folder
    replaces the folder.
    """
    files: dict[str, Path] = {}
    for base in (data, overlay):
        found = {file.name: file for file in (base / name).glob("*.toml")} if base else {}
        files = found if whole and found else files | found
    if not files:
        raise ValueError(f"{data / name}: no *.toml file there: add one, or correct the folder")
    return tuple(_parse(files[key]) for key in sorted(files))


def _parse(file: Path) -> Table:
    try:
        return Table(tomllib.loads(file.read_text(encoding="utf-8")), file)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: cannot be read: {error}: add it, or correct the path") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: not valid TOML: {error}: mend that line") from error
