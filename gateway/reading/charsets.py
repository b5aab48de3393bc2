"""Bytes to text under any charset label, true, false or unknown.

A label is widened before it is believed (GB2312 mail holds GBK, ISO-8859-1 mail holds
Windows-1252), UTF-8 is tried where the label fails, then a guess, then Windows-1252: decoding
never raises and never yields NUL or a lone surrogate.
"""

import codecs
import re
from collections.abc import Callable

_WIDER = {
    "ascii": "utf-8", "us-ascii": "utf-8", "us": "utf-8", "utf8": "utf-8", "utf8mb4": "utf-8",
    "utf-8-sig": "utf-8-sig", "unicode": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "iso-gb2312": "gb18030",
    "gb_2312-80": "gb18030", "gb2312-80": "gb18030", "cn-gb": "gb18030", "euc-cn": "gb18030",
    "cp936": "gb18030", "ms936": "gb18030", "windows-936": "gb18030", "hz-gb-2312": "hz",
    "big5": "cp950", "big-5": "cp950", "x-big5": "cp950", "cn-big5": "cp950",
    "big5-hkscs": "big5hkscs", "euc-tw": "cp950",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "ms_kanji": "cp932", "windows-31j": "cp932", "csshiftjis": "cp932", "cp943": "cp932",
    "euc-jp": "euc_jis_2004", "x-euc-jp": "euc_jis_2004", "ujis": "euc_jis_2004",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "x-windows-949": "cp949", "windows-949": "cp949", "uhc": "cp949",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252",
    "iso_8859-1": "cp1252", "iso-8859-1-windows-3.1-latin-1": "cp1252", "8859_1": "cp1252",
    "ansi": "cp1252", "x-ansi": "cp1252", "windows-1252http-equivcontent-type": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
    "iso-8859-8": "cp1255", "logical": "cp1255",
    "macintosh": "mac-roman", "x-macintosh": "mac-roman", "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic", "x-mac-ce": "mac-latin2", "x-mac-greek": "mac-greek",
    "x-mac-turkish": "mac-turkish", "x-mac-japanese": "cp932", "x-mac-icelandic": "mac-iceland",
    "koi8": "koi8-r", "koi8-ru": "koi8-u", "x-cp1251": "cp1251", "win-1251": "cp1251",
    "win1251": "cp1251", "cp-1251": "cp1251", "x-cp1250": "cp1250", "cp-850": "cp850",
    "ansi_x3.4-1968": "utf-8", "ansi_x3.110-1983": "cp1252", "iso646-us": "utf-8",
}  # fmt: skip

# Codecs that Python knows but that are no charset of a mail: they run code paths with
# quadratic cost (idna, punycode), read escapes, or always fail.
_NOT_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs"}

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_LABEL_JUNK = re.compile(r"[^a-z0-9._:+-]")
_SHIFTED_JIS = re.compile(rb"\x1b\$[@B]")


def clean(text: str) -> str:
    """`text` without NUL, control characters and lone surrogates, its lines ended by LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text)
    if not text.isascii() and _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text)
    return text


def decode(data: bytes, label: str | None = None) -> tuple[str, str | None]:
    """The text that `data` most likely holds, cleaned; and what was mended, or None."""
    if data.isascii() and b"\x1b" not in data and b"~{" not in data and not _is_wide(label):
        return clean(data.decode("ascii")), None
    codec = _codec(label)
    for attempt in _attempts(data, codec):
        text = _try(attempt, data)
        if text is not None:
            mended = None if attempt == codec else f"charset {label!r} read as {attempt}"
            return clean(text), mended
    return clean(data.decode("cp1252", "replace")), f"charset {label!r} unreadable"


def _is_wide(label: str | None) -> bool:
    """True for the charsets whose text is ASCII bytes that do not mean ASCII."""
    name = (label or "").strip().lower()
    return name.startswith(("utf-16", "utf-32", "utf-7", "unicode-1-1-utf-7", "cp037", "ibm"))


def _codec(label: str | None) -> str | None:
    """The Python codec for a label, widened; None where the label says nothing usable."""
    name = _LABEL_JUNK.sub("", (label or "").strip().strip("\"'").lower()[:60])
    name = _WIDER.get(name, name)
    if not name:
        return None
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if found.name.replace("_", "-") in _NOT_CHARSETS:
        return None
    return name


def _attempts(data: bytes, codec: str | None) -> list[str]:
    order = [codec] if codec and codec != "utf-8" else []
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        order.insert(0, "utf-16")
    if b"\x1b$" in data or b"\x1b(" in data:
        order = ["iso2022_jp", "iso2022_jp_2004", "iso2022_jp_ms", "iso2022_kr", *order]
    # Text that is valid UTF-8 and not ASCII is UTF-8, whatever a single-byte label says of it.
    order.insert(0 if codec in {None, "utf-8", "cp1252"} else len(order), "utf-8")
    if codec == "iso2022_jp" or (codec or "").startswith("iso-2022-jp"):
        order += ["cp932", "euc_jp"]
    return [*order, "guess"]


def _iso2022_jp_ms(data: bytes) -> str:
    """ISO-2022-JP that holds vendor characters such as circled digits (JIS X 0213 has them)."""
    return _SHIFTED_JIS.sub(b"\x1b$(Q", data).decode("iso2022_jp_2004")


def _guess(data: bytes) -> str:
    """What unlabelled 8-bit text looks like; raises where nothing fits.

    Few high bytes among many ASCII letters are a Western language. Otherwise each candidate is
    scored by how much of what it yields is everyday text of its own script.
    """
    sample = data[:4000]
    high = sum(byte >= 0x80 for byte in sample)
    if high < 4 or high * 3 < len(_ASCII_LETTER.findall(sample)):
        return data.decode("cp1252")
    scores = [(_plausible(sample, codec, everyday), codec) for codec, everyday in _SCRIPTS]
    score, codec = max(scores, key=lambda scored: scored[0])
    return data.decode(codec if score > 0.5 else "cp1252", "replace")


def _first_plane(codec: str, first: int, last: int) -> Callable[[str], int]:
    """Counts the signs of a double-byte set's first plane, where the common ones stand."""

    def count(text: str) -> int:
        leads = text.encode(codec, "ignore")[::2]
        return sum(first <= lead <= last for lead in leads)

    return count


def _letters(pattern: str) -> Callable[[str], int]:
    find = re.compile(pattern).findall
    return lambda text: len(find(text))


_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_KANA = "[ぁ-んァ-ヶー]|(?<=[ぁ-ん])[一-鿿]|[一-鿿](?=[ぁ-ん])"
# Everyday letters of each script. Koi8-r and Windows-1251 read as each other swap the cases, so
# capitals do not count; the double-byte sets overlap, so only their common signs do.
_SCRIPTS = [
    ("cp1251", _letters("[а-яё]")),
    ("koi8-r", _letters("[а-яё]")),
    ("cp932", _letters(_KANA)),
    ("euc_jp", _letters(_KANA)),
    ("cp949", _letters("[가-힣]")),
    ("gb18030", _first_plane("gb2312", 0xB0, 0xD7)),
    ("cp950", _first_plane("big5", 0xA4, 0xC6)),
    ("cp1253", _letters("[α-ωάέήίόύώ]")),
    ("cp1255", _letters("[א-ת]")),
    ("cp1256", _letters("[ء-ي]")),
]


def _plausible(sample: bytes, codec: str, everyday: Callable[[str], int]) -> float:
    """The share of the non-ASCII characters that are everyday letters of the script."""
    try:
        text = sample.decode(codec, "ignore" if len(sample) == 4000 else "strict")
    except UnicodeDecodeError:
        return 0.0
    foreign = "".join(character for character in text if character > "\x7f")
    share = everyday(foreign) / len(foreign) if foreign else 0.0
    # Kana read as Big5 are common signs, while Chinese read as Japanese is hardly ever kana.
    return share * (1.4 if codec in {"cp932", "euc_jp"} else 1.0)


_SPECIAL: dict[str, Callable[[bytes], str]] = {"iso2022_jp_ms": _iso2022_jp_ms, "guess": _guess}


def _try(attempt: str, data: bytes) -> str | None:
    try:
        text = _SPECIAL[attempt](data) if attempt in _SPECIAL else data.decode(attempt)
    except (LookupError, ValueError, RuntimeError, ImportError):
        return None
    return None if not text.isascii() and _SURROGATE.search(text) else text
