"""A table of the configuration as a frozen section; what is wrong with one is said plainly.

`checked` is the one place where the words of the file meet their types: for `triage.toml` and
for the table of each tracker. A number is a number and a switch is `true` or `false`: nothing is
made of words that merely look like it. Every error names the file, the key and what to do.
"""

import json
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)

from gateway.errors import ConfigError

S = TypeVar("S", bound="Section")


class Section(BaseModel):
    """A table of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _not_in_the_file(_value: Any, info: ValidationInfo) -> Any:
    name = info.field_name
    raise ValueError(f"no {name} in this file: use {name}_file or {name}_env")


# What is read from elsewhere: `password: Secret = None` beside password_file and password_env.
Secret = Annotated[
    SecretStr | None, BeforeValidator(_not_in_the_file), Field(exclude=True, init=False)
]


def checked(section: type[S], table: Mapping[str, Any], file: str, *above: str) -> S:
    """`table` of `file` as a `section`; `above` are the tables that it stands in.

    Raises ConfigError with a line for each thing that is wrong.
    """
    try:
        # As JSON, where a list may be strict and a tuple still, and a text a path.
        return section.model_validate_json(json.dumps(table, default=str))
    except ValidationError as error:
        lines = [
            f"{file}: {_where(above, problem)}: {_told(section, problem)}"
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigError("\n".join(lines)) from error


def _where(above: tuple[str, ...], problem: Any) -> str:
    return ".".join([*above, *map(str, problem["loc"])]) or "the file"


def _told(section: type[Section], problem: Any) -> str:
    """What is wrong, and the remedy."""
    location, kind = problem["loc"], problem["type"]
    key = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        known = _known_keys(_at(section, location[:-1]))
        near = get_close_matches(key, known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        return f"unknown key.{hint} Known here: {', '.join(known) or 'none'}"
    if kind == "missing":
        return f"required, and not there: add {key} = ..."
    if kind == "tuple_type":
        inner = _at(section, location) is not _at(section, location[:-1])
        return (
            f"may stand there more than once: begin each with [[{key}]], in two brackets"
            if inner
            else f'must be a list: {key} = ["...", "..."]'
        )
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return f"must be a table: begin it with [{'.'.join(map(str, location))}]"
    return str(problem["msg"]).removeprefix("Value error, ").replace("Input should", "must")


def _known_keys(section: type[Section]) -> list[str]:
    """What may stand in such a table, sorted."""
    return sorted(n for n, field in section.model_fields.items() if field.init is not False)


def _at(section: type[Section], location: tuple[int | str, ...]) -> type[Section]:
    """The section at that place; the innermost one around it where it is none itself."""
    for part in location:
        field = section.model_fields.get(str(part))
        section = (field and _section_in(field.annotation)) or section
    return section


def _section_in(annotation: Any) -> type[Section] | None:
    """The kind of section that an annotation speaks of, alone, optional or in a tuple."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next(filter(None, map(_section_in, get_args(annotation))), None)
