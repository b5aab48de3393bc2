"""Rich text that is no HTML to the words in it: text/enriched (RFC 1896), text/richtext, RTF.

One pass over the text; what a reader never sees (fonts, colours, data, pictures) is left out.
"""

import re

MAX_RTF = 1_000_000
MAX_GROUPS = 200

_PARAM = re.compile(r"<param>[^<]{0,500}+</param>", re.I)
_COMMAND = re.compile(r"<(/?)([A-Za-z0-9-]{1,60}+)>|<<")
_SOFT_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
_RICHTEXT_SIGNS = {"lt": "<", "nl": "\n", "np": "\n", "paragraph": "\n", "sameline": ""}

_RTF_TOKEN = re.compile(
    r"\\([a-z]{1,32}+)(-?\d{1,10}+)? ?|\\'([0-9a-f]{2})|\\([^a-z'])|([{}])|[\r\n]++"
    r"|([^\\{}\r\n]++)",
    re.I,
)
_RTF_UNSEEN = {
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "themedata", "datastore",
    "header", "footer", "generator", "listtable", "listoverridetable", "rsidtbl", "latentstyles",
    "fldinst", "xmlnstbl", "mmathPr", "filetbl",
}  # fmt: skip
_RTF_SIGNS = {
    "par": "\n", "line": "\n", "page": "\n", "sect": "\n", "row": "\n", "tab": "\t", "cell": "\t",
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "emspace": " ", "enspace": " ",
}  # fmt: skip


def enriched(text: str) -> str:
    """text/enriched as plain text: a line break is a space, two are one, `<<` is `<`."""
    text = _PARAM.sub("", text)
    text = _SOFT_BREAK.sub(" ", text).replace("\n\n", "\n")
    return _COMMAND.sub(lambda match: "<" if match[0] == "<<" else "", text)


def richtext(text: str) -> str:
    """text/richtext (RFC 1341), the forerunner: line breaks are spaces, `<nl>` is a line break."""
    text = text.replace("\n", " ")
    return _COMMAND.sub(
        lambda m: _RICHTEXT_SIGNS.get((m[2] or "").lower(), "") if not m[1] else "", text
    )


def looks_like_rtf(text: str) -> bool:
    """True for text that begins as a document in RTF."""
    return text[:100].lstrip()[:5] == "{\\rtf"


def rtf(text: str) -> str:  # noqa: PLR0912  # a branch for each kind of token
    """The words of an RTF document."""
    found: list[str] = []
    pending = bytearray()  # signs of the document's code page: a character may be two of them
    groups: list[tuple[bool, int]] = []
    is_unseen, fallback, skip, codec = False, 1, 0, "cp1252"
    for match in _RTF_TOKEN.finditer(text[:MAX_RTF]):
        word, number, code, sign, brace, words = match.groups()
        if code and not is_unseen and not skip:
            pending.append(int(code, 16))
            continue
        if pending:
            found.append(pending.decode(codec, "replace"))
            pending.clear()
        if brace == "{":
            groups.append((is_unseen, fallback))
            is_unseen = is_unseen or len(groups) > MAX_GROUPS
        elif brace == "}":
            is_unseen, fallback = groups.pop() if groups else (False, 1)
        elif sign == "*" or (word and word in _RTF_UNSEEN):
            is_unseen = True
        elif word == "ansicpg" and number:
            codec = _code_page(number)
        elif word == "uc" and number:
            fallback = min(abs(int(number)), 9)
        elif word == "u" and number and not is_unseen:
            found.append(chr(int(number) & 0xFFFF))
            skip = fallback
        elif is_unseen:
            continue
        elif word:
            found.append(_RTF_SIGNS.get(word.lower(), ""))
        elif sign:
            found.append({"~": " ", "_": "-", "\n": "\n", "-": ""}.get(sign, sign))
        elif code:
            skip -= 1
        elif words:
            found.append(words[skip:])
            skip = max(0, skip - len(words))
    found.append(pending.decode(codec, "replace"))
    joined = "".join(found).encode("utf-16-le", "surrogatepass")  # pairs come one by one
    return joined.decode("utf-16-le", "replace")


def _code_page(number: str) -> str:
    try:
        "".encode(f"cp{int(number)}")
    except LookupError:
        return "cp1252"
    return f"cp{int(number)}"
