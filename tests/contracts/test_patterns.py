"""No pattern of the project costs more than the length of what it is asked to look at.

Every compiled pattern is found, those of the data folder included, and fed with growth made of its
own pieces: what its repetitions repeat, what it begins with. Four times the text may cost about
four times as much; a pattern that costs ten times as much is one that can hang us.
"""

import ast
import importlib
import pkgutil
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]

import pytest

import classifiers
import gateway
from classifiers.rulebook import Rulebook

ROOT = Path(__file__).parents[2]
SHORTEST, SHORT, LONG = 100, 400, 3_000
SUSPECT = 0.001  # seconds; what needs less for LONG signs is linear, whatever the machine
PLAIN = 0.05  # seconds; what costs as much is no chance, however busy the machine
WORST = 11.0
# Patterns that only ever see so many characters.
BOUNDED = {
    "classifiers.settled._HEADING": 40,
}

DIGITS, SPACES, LETTERS = "1", " \n\t", "aA_"


# --- finding them ------------------------------------------------------------------------


def modules():
    for package in (gateway, classifiers):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if "migrations" not in found.name and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def patterns_in(value, seen, depth=0):
    """The patterns that `value` holds, also in containers, objects and closures."""
    if isinstance(value, re.Pattern):
        yield value
        return
    if depth > 6 or id(value) in seen or isinstance(value, (str, bytes, int, float, type(None))):
        return
    seen.add(id(value))
    inner = []
    if isinstance(value, dict):
        inner = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inner = list(value)
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        inner = [value.__self__]
    elif getattr(value, "__closure__", None):
        inner = [cell.cell_contents for cell in value.__closure__ if _is_filled(cell)]
    elif type(value).__module__.startswith(("gateway", "classifiers")):
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        inner = [getattr(value, name, None) for name in slots] + list(
            getattr(value, "__dict__", {}).values()
        )
    for one in inner:
        yield from patterns_in(one, seen, depth + 1)


def _is_filled(cell):
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def methods_used():
    """How each global name is used in the sources: {"_NAME": {"match", ...}}."""
    used = defaultdict(set)
    for package in ("gateway", "classifiers"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    used[file.stem, node.value.id].add(node.attr)
                elif isinstance(node, ast.Name):
                    used[file.stem, node.id].add("")
    return used


def literal_patterns():
    """Patterns written where they are used: `re.sub("...", ...)`."""
    for package in ("gateway", "classifiers"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "re"
                    and node.args
                    and isinstance(node.args[0], ast.Constant)
                    and isinstance(node.args[0].value, (str, bytes))
                    and node.func.attr not in {"escape", "compile"}
                ):
                    method = node.func.attr if "match" in node.func.attr else "search"
                    yield f"{file.stem}:{node.lineno}", re.compile(node.args[0].value), method


def all_patterns():
    used = methods_used()
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("__"):
                continue
            for pattern in patterns_in(value, set()):
                label = f"{module.__name__}.{name}"
                ways = used[module.__name__.rpartition(".")[2], name] - {"", "pattern"}
                method = "search"
                if isinstance(value, re.Pattern) and ways and ways <= {"match", "fullmatch"}:
                    method = "match" if "match" in ways else "fullmatch"
                found.setdefault((pattern.pattern, pattern.flags), (label, pattern, method))
    book = Rulebook(ROOT / "data", None)
    for name, value in vars(book).items():
        for pattern in patterns_in(value, set()):
            found.setdefault((pattern.pattern, pattern.flags), (f"data.{name}", pattern, "search"))
    for label, pattern, method in literal_patterns():
        found.setdefault((pattern.pattern, pattern.flags), (label, pattern, method))
    return sorted(found.values(), key=lambda one: one[0])


# --- what they fear ----------------------------------------------------------------------


def signs(items) -> list[str]:
    """Characters of a class, one of each kind that it names."""
    is_negated = bool(items) and items[0][0] is op.NEGATE
    named = []
    for kind, value in items:
        if kind is op.LITERAL:
            named.append(chr(value))
        elif kind is op.RANGE:
            named.append(chr(value[0]))
        elif kind is op.CATEGORY:
            named += {
                op.CATEGORY_DIGIT: list(DIGITS), op.CATEGORY_SPACE: list(SPACES),
                op.CATEGORY_WORD: list(LETTERS), op.CATEGORY_NOT_SPACE: ["a", "."],
                op.CATEGORY_NOT_DIGIT: ["a", " "], op.CATEGORY_NOT_WORD: [" ", "."],
            }[value]  # fmt: skip
    if not is_negated:
        return named[:6] or ["a"]
    probe = re.compile("[^" + "".join(map(re.escape, named)) + "]") if named else re.compile(".")
    return [sign for sign in "a 1.\n-<,:" if probe.match(sign)][:5] or ["a"]


def sample(tree) -> str:
    """A text that the pattern, or this part of it, should like."""
    return "".join(piece(kind, value)[0] for kind, value in tree)


def piece(kind, value) -> list[str]:
    if kind is op.LITERAL:
        return [chr(value)]
    if kind is op.NOT_LITERAL:
        return ["a" if value != ord("a") else "b"]
    if kind is op.ANY:
        return ["a", " "]
    if kind is op.IN:
        return signs(value)
    if kind is op.BRANCH:
        return [sample(branch) for branch in value[1]][:6] or [""]
    if kind is op.SUBPATTERN:
        return variants(value[3])
    if kind is op.ATOMIC_GROUP:
        return variants(value)
    if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        least, _, inner = value
        return [one * max(least, 1) for one in variants(inner)]
    return [""]  # anchors, look-arounds, references


def variants(tree) -> list[str]:
    """`sample`, and what it is with each alternative of its parts."""
    if len(tree) == 1:
        return piece(*tree[0])
    base = [piece(kind, value) for kind, value in tree]
    found = ["".join(options[0] for options in base)]
    for at, options in enumerate(base):
        for other in options[1:3]:
            found.append(
                "".join(o[0] for o in base[:at]) + other + "".join(o[0] for o in base[at + 1 :])
            )
    return found[:8]


def growths(tree, before: str = "") -> Iterator[tuple[str, str]]:
    """(what stands before, what is repeated) for each long repetition in the pattern."""
    for kind, value in tree:
        if kind in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            _, most, inner = value
            if most > 20:
                yield from ((before, one) for one in variants(inner) if one)
            yield from growths(inner, before)
        elif kind is op.SUBPATTERN:
            yield from growths(value[3], before)
        elif kind is op.ATOMIC_GROUP:
            yield from growths(value, before)
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from growths(branch, before)
        before += piece(kind, value)[0]


def attacks(pattern: "re.Pattern[str] | re.Pattern[bytes]") -> set[tuple[str, str]]:
    source = (
        pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    )
    tree = _parser.parse(source, pattern.flags & ~re.UNICODE & ~re.LOCALE)
    whole = sample(tree)
    found = set(growths(tree))
    if not found:  # nothing in it repeats at length
        return found
    found |= {("", before + one) for before, one in list(found)}
    found |= {
        ("", whole[:at]) for at in {1, 2, 3, len(whole) // 2, len(whole) - 1, len(whole)} if at > 0
    }
    found |= {("", one) for one in (" ", "\n", "a", "1", "a ", "1 ", ". ", "\n ")}
    return {(before, one) for before, one in found if one.strip("\0")}


# --- measuring ---------------------------------------------------------------------------


def seconds(pattern, method, before, one, size) -> float:
    text = before + one * (size // len(one)) + "\0"
    data = text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")
    started = time.process_time()
    if method == "search":
        for _, _ in zip(pattern.finditer(data), range(size), strict=False):
            pass
    else:
        getattr(pattern, method)(data)
    return time.process_time() - started


def cost_of_growth(pattern, method, before, one, longest=LONG) -> float:
    """How many times more four times the text costs, once it costs enough to be measured."""
    for size in (SHORTEST, SHORT, LONG):
        if size > longest:
            break
        short = seconds(pattern, method, before, one, size)
        if short > SUSPECT:
            found = seconds(pattern, method, before, one, 4 * size) / short
            if found <= WORST or short > PLAIN:
                return found
            # The least of several tells what it costs when nothing else runs on the machine.
            short, long = (
                min(seconds(pattern, method, before, one, length) for _ in range(6))
                for length in (size, 4 * size)
            )
            return long / short
    return 0.0


def test_no_pattern_costs_more_than_the_length_of_its_text():
    guilty = {}
    patterns = all_patterns()
    for label, pattern, method in patterns:
        longest = BOUNDED.get(label, LONG)
        for before, one in attacks(pattern):
            growth = cost_of_growth(pattern, method, before, one, longest)
            if growth > WORST:
                guilty[f"{label} {pattern.pattern[:100]!r} ({method})"] = (
                    before[:40],
                    one[:40],
                    round(growth),
                )
                break
    assert guilty == {}
    assert len(patterns) > 300


@pytest.mark.parametrize("source", [r"\s*\s*x", r"\s+$", r"a.*b", r"(?:x|y).*z", r"\w+@"])
def test_a_pattern_that_costs_more_is_found_out(source):
    pattern = re.compile(source)
    assert any(cost_of_growth(pattern, "search", *one) > WORST for one in attacks(pattern))
