"""What programs put above and around a text: banners about external mail, the markers of ticket
systems, the armour of OpenPGP, the notes of list archives.
"""

import re
from collections.abc import Callable

from gateway.reading.quoted import footer_words
from gateway.reading.quoted.footer_words import says

_MARKER_WITHIN = 400  # a ticket system writes it near the top
# Proofpoint frames its banner with words that nobody sees in HTML.
_OPENED, _CLOSED = re.compile("BannerStart$"), re.compile("BannerEnd$")
_NEXT_PART = re.compile(r"^-{8,20} next part -{8,20}$")
_MARKER_STARTS = frozenset("-#=_*~+<[({")


def strip_marker(lines: list[str]) -> list[str]:
    """`lines` above a ticket system's "reply above this line"; without that line where it leads."""
    for number, line in enumerate(lines[:_MARKER_WITHIN]):
        if line.lstrip("> \t*")[:1] not in _MARKER_STARTS and "bove" not in line:
            continue
        if _is_marker(line):
            above = lines[:number]
            if any(text.strip() and not _is_marker_or_quote(text) for text in above):
                return above if line.lstrip()[:1] != ">" else lines
            return lines[number + 1 :]
    return lines


def _is_marker_or_quote(line: str) -> bool:
    return line.lstrip()[:1] == ">" or (
        says(line.lower(), footer_words.BELOW) and footer_words.MARKER_RUN.match(line) is not None
    )


def _is_marker(line: str) -> bool:
    return (
        len(line) <= 160
        and says(line.lower(), footer_words.ABOVE)
        and (
            footer_words.MARKER_RUN.match(line) is not None
            or footer_words.ASKS_ABOVE.match(line) is not None
        )
    )


def strip_armour(lines: list[str]) -> list[str]:
    """`lines` without what OpenPGP and list archives put around a text."""
    if not any(line.startswith("-----BEGIN PGP") or _NEXT_PART.match(line) for line in lines):
        return lines
    kept: list[str] = []
    number, signed = 0, False
    while number < len(lines):
        line = lines[number]
        if line.startswith("-----BEGIN PGP SIGNED"):
            signed = True
            number = _after(lines, number, lambda text: not text.strip())
        elif line.startswith("-----BEGIN PGP SIGNATURE"):
            number = _after(lines, number, lambda text: text.startswith("-----END PGP"))
        elif _NEXT_PART.match(line):
            below = next((text for text in lines[number + 1 :] if text.strip()), "")
            scrubbed = "scrubbed" in below
            number = (
                _after(lines, number, lambda text: not text.strip()) if scrubbed else number + 1
            )
        else:
            kept.append(line[2:] if signed and line.startswith("- ") else line)
            number += 1
    return kept


def _after(lines: list[str], number: int, ends: Callable[[str], bool]) -> int:
    """The line after the next that `ends`."""
    found = next((n for n in range(number + 1, len(lines)) if ends(lines[n])), len(lines))
    return found + 1


def strip_banner(lines: list[str]) -> list[str]:
    """`lines` without a mail gateway's warning above them."""
    opened = next((n for n, line in enumerate(lines[:20]) if _OPENED.search(line)), None)
    if opened is not None:
        closed = next((n for n in range(opened, len(lines)) if _CLOSED.search(lines[n])), None)
        if closed is not None and closed - opened <= 12:
            lines = [*lines[:opened], *lines[closed + 1 :]]
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    end = next((i for i in range(start, len(lines)) if not lines[i].strip()), len(lines))
    paragraph = "\n".join(lines[start:end])
    is_banner = (
        end - start <= 6
        and footer_words.BANNER.match(paragraph)
        and footer_words.BANNER_WORDS.search(paragraph)
    ) or paragraph.strip().upper() in {"[EXTERNAL]", "EXTERNAL EMAIL", "[EXTERNAL EMAIL]"}
    return lines[end:] if is_banner and any(line.strip() for line in lines[end:]) else lines
