"""Templates: the right file for a letter, and the file's text filled with facts.

A template is `<kind>[.<service or source>].<language>.txt`: header fields, an empty line, the
plain body; an optional `.html` of the same name beside it is the other body. The most
specific name wins, then the first folder. Header fields are split off before anything is
rendered, so that no fact can add one. Facts are values, never templates; a fact that a
template needs and does not get is an error. Files that begin with `_` are parts of others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.exceptions import TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.errors import ConfigError, Permanent
from gateway.letters.mime import one_line

_WORD = re.compile(r"[a-z0-9][a-z0-9_-]*")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)")
# What a letter says of itself is the program's to say, not a template's.
RESERVED = {
    "from", "to", "cc", "bcc", "sender", "reply-to", "date", "message-id", "in-reply-to",
    "references", "mime-version", "content-type", "content-transfer-encoding", "auto-submitted",
    "precedence", "return-path", "received", "x-auto-response-suppress", "list-post", "list-help",
    "list-unsubscribe", "list-unsubscribe-post",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rendered:
    """A filled template: header fields by name, and the bodies with "\\n" line ends."""

    name: str
    fields: Mapping[str, str]
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    name: str
    fields: Mapping[str, Template]
    text: Template
    html: Template | None


def split_fields(source: str, where: str) -> tuple[dict[str, str], str]:
    """Header fields and body of a `.txt` template's text. Raises ConfigError naming `where`."""
    head, found, body = source.replace("\r\n", "\n").partition("\n\n")
    if not found:
        raise ConfigError(f"{where}: no empty line between the header fields and the body")
    fields: dict[str, str] = {}
    for number, line in enumerate(re.sub(r"\n[ \t]+", " ", head).split("\n"), 1):
        match = _FIELD.fullmatch(line)
        if match is None:
            raise ConfigError(f"{where}: line {number} is no header field such as Subject: ...")
        if match[1].lower() in RESERVED:
            raise ConfigError(f"{where}: the field {match[1]} cannot be set by a template")
        fields[match[1]] = match[2]
    if "Subject" not in fields:
        raise ConfigError(f"{where}: the field Subject is missing")
    return fields, body


class _BodyLoader(BaseLoader):
    """Files of the folders, first folder first; of a `.txt` letter only what follows its fields."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._files = FileSystemLoader([str(folder) for folder in folders])

    def get_source(self, environment: Environment, template: str) -> Any:
        """The source as Jinja wants it: text, file name, and whether it is still the same."""
        source, file, fresh = self._files.get_source(environment, template)
        if template.endswith(".txt") and not template.startswith("_"):
            source = split_fields(source, file or template)[1]
        return source, file, fresh

    def list_templates(self) -> list[str]:
        """The names of all files."""
        return self._files.list_templates()


class Templates:
    """The templates of `folders`, most specific folder first. Raises ConfigError for broken ones.

    `names` are values every template may use, `filters` functions by name.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        language: str,
        names: Mapping[str, Any],
        filters: Mapping[str, Any],
    ) -> None:
        self._folders = tuple(folders)
        self._language = language
        # Two environments: a shared part must not be compiled without escapes and used in HTML.
        self._text = self._environment(names, filters, escape=False)
        self._html = self._environment(names, filters, escape=True)
        self._compiled: dict[tuple[str, str], _Compiled] = {}
        self._found: dict[tuple[str, ...], _Compiled] = {}
        self._words: dict[tuple[str, bool], Any] = {}
        self._check()

    def _environment(
        self, names: Mapping[str, Any], filters: Mapping[str, Any], *, escape: bool
    ) -> Environment:
        environment = ImmutableSandboxedEnvironment(
            loader=_BodyLoader(self._folders),
            undefined=StrictUndefined,
            autoescape=escape,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals.update(names)
        environment.filters.update(filters)
        return environment

    def _files(self) -> Iterator[Path]:
        for folder in self._folders:
            if not folder.is_dir():
                raise ConfigError(f"{folder}: no such folder of templates")
            yield from sorted(p for p in folder.iterdir() if p.suffix in {".txt", ".html"})

    def _check(self) -> None:
        """Compile everything now: a broken template is found at start, not by its first letter."""
        for file in self._files():
            if file.name.startswith("_"):
                continue
            text = file.with_suffix(".txt")
            if not text.is_file():
                raise ConfigError(f"{file}: the plain text beside it, {text.name}, is missing")
            self._compile(file.parent, file.stem)

    def kinds(self) -> dict[str, list[str]]:
        """Every kind of letter, with the languages that it is written in."""
        found: dict[str, set[str]] = {}
        for file in self._files():
            kind, _, language = file.stem.partition(".")
            if file.suffix == ".txt" and not kind.startswith("_") and "." not in language:
                found.setdefault(kind, set()).add(language)
        return {kind: sorted(languages) for kind, languages in sorted(found.items())}

    def languages(self) -> list[str]:
        """Those in which there is a letter of every kind, and the words that they share."""
        spoken: dict[str, set[str]] = {}
        for kind, languages in self.kinds().items():
            for language in languages:
                spoken.setdefault(language, set()).add(kind)
        kinds = set().union(*spoken.values())
        words = {name.split(".")[1] for name in self._text.list_templates(["jinja"])
                 if name.startswith("_words.")}  # fmt: skip
        return sorted(one for one, found in spoken.items() if found == kinds and one in words)

    def _compile(self, folder: Path, name: str) -> _Compiled:
        key = (str(folder), name)
        if key not in self._compiled:
            file = folder / f"{name}.txt"
            try:
                self._compiled[key] = self._compile_files(file, name)
            except (TemplateError, OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"{file}: {_told(error)}") from error
        return self._compiled[key]

    def _compile_files(self, file: Path, name: str) -> _Compiled:
        fields, body = split_fields(file.read_text(encoding="utf-8"), str(file))
        html = file.with_suffix(".html")
        return _Compiled(
            name,
            {field: self._text.from_string(value) for field, value in fields.items()},
            self._text.from_string(body),
            self._html.from_string(html.read_text(encoding="utf-8")) if html.is_file() else None,
        )

    def _find(self, kind: str, *narrower: str, language: str) -> _Compiled:
        key = (kind, *narrower, language)
        if key not in self._found:
            self._found[key] = self._search(kind, narrower, language)
        return self._found[key]

    def _search(self, kind: str, narrower: Sequence[str], language: str) -> _Compiled:
        for spoken in self._languages(language):
            for special in [*narrower, ""]:
                name = ".".join(part for part in (kind, special, spoken) if part)
                for folder in self._folders:
                    if (folder / f"{name}.txt").is_file():
                        return self._compile(folder, name)
        places = ", ".join(map(str, self._folders))
        raise Permanent(f"no template {kind}.{self._language}.txt in {places}: write one")

    def _languages(self, language: str) -> list[str]:
        wanted = language.lower()
        tried = [wanted, wanted.partition("-")[0], self._language]
        return [one for one in dict.fromkeys(tried) if _WORD.fullmatch(one)]

    def _words_in(self, language: str, *, html: bool) -> Any:
        """The shared words: what `_words.<language>.jinja` defines, else the default language's."""
        key = (language, html)
        if key not in self._words:
            files = [f"_words.{language}.jinja", f"_words.{self._language}.jinja"]
            self._words[key] = (self._html if html else self._text).select_template(files).module
        return self._words[key]

    def render(
        self,
        kind: str,
        *,
        language: str,
        facts: Mapping[str, Any],
        service: str | None = None,
        source: str | None = None,
    ) -> Rendered:
        """The letter `kind`, for `service` or `source` where there is a template of its own.

        Raises Permanent where there is no template, or one that needs what `facts` lack.
        """
        narrower = [one for one in (service, source) if one and _WORD.fullmatch(one)]
        found = self._find(kind, *narrower, language=language)
        spoken = found.name.rpartition(".")[2]
        try:
            plain = {**facts, "language": spoken, "words": self._words_in(spoken, html=False)}
            fields = {k: one_line(v.render(plain)) for k, v in found.fields.items()}
            plain["title"] = fields["Subject"]
            text = found.text.render(plain)
            html = None
            if found.html is not None:
                html = found.html.render({**plain, "words": self._words_in(spoken, html=True)})
        except (TemplateError, TypeError, ValueError, LookupError) as error:
            raise Permanent(f"template {found.name}: {_told(error)}") from error
        return Rendered(found.name, fields, _tidy(text), html and _tidy(html))


def _told(error: Exception) -> str:
    """What a person who mends the template needs to know."""
    line = getattr(error, "lineno", None)
    if isinstance(error, TemplateNotFound):
        return f"it uses {error.name}, which is not there"
    return f"{f'line {line}: ' if line else ''}{error}"


def _tidy(text: str) -> str:
    """No spaces at line ends, at most one empty line at a time, one line end at the end."""
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
