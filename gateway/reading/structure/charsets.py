"""Bytes to text under any charset label, true, false or unknown.

A label is widened before it is believed (GB2312 mail holds GBK, ISO-8859-1 mail holds
Windows-1252); what is valid UTF-8 and not ASCII is UTF-8, whatever the label says; where the label
fails its relatives are tried, then a guess, then Windows-1252. Decoding never raises and never
yields NUL, a lone surrogate, or a sign that only steers a display (escapes, bidi overrides).
"""

import codecs
import re
from functools import lru_cache

from gateway.reading.structure import charset_guess, iso2022

_WIDER = {
    "ascii": "utf-8", "us-ascii": "utf-8", "us": "utf-8", "utf8": "utf-8", "utf8mb4": "utf-8",
    "utf-8-sig": "utf-8", "unicode": "utf-8", "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7", "x-unicode-2-0-utf-7": "utf-7",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "iso-gb2312": "gb18030",
    "gb_2312-80": "gb18030", "gb2312-80": "gb18030", "cn-gb": "gb18030", "euc-cn": "gb18030",
    "cp936": "gb18030", "ms936": "gb18030", "windows-936": "gb18030", "hz-gb-2312": "hz",
    "big5": "cp950", "big-5": "cp950", "x-big5": "cp950", "cn-big5": "cp950",
    "big5-hkscs": "big5hkscs", "euc-tw": "cp950", "x-euc-tw": "cp950",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "ms_kanji": "cp932", "windows-31j": "cp932", "csshiftjis": "cp932", "cp943": "cp932",
    "euc-jp": "euc_jis_2004", "x-euc-jp": "euc_jis_2004", "ujis": "euc_jis_2004",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "x-windows-949": "cp949", "windows-949": "cp949", "uhc": "cp949",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252",
    "iso_8859-1": "cp1252", "iso-8859-1-windows-3.1-latin-1": "cp1252", "8859_1": "cp1252",
    "8859-1": "cp1252", "iso8859": "cp1252", "iso-8859": "cp1252",
    "iso-ir-100": "cp1252", "iso-latin-1": "cp1252", "windows1252": "cp1252",
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
_NOT_CHARSETS = {
    "idna",
    "punycode",
    "unicode-escape",
    "raw-unicode-escape",
    "undefined",
    "mbcs",
    "oem",
}
# What else a label may mean, where its own codec cannot read the bytes.
_RELATIVES = {
    "cp950": ["big5hkscs", "gb18030"], "big5hkscs": ["cp950"], "gb18030": ["cp950"],
    "cp932": ["shift_jis_2004", "euc_jp"], "euc_jis_2004": ["euc_jp", "cp932"],
    "iso-8859-6": ["cp1256"], "iso-8859-7": ["cp1253"], "tis-620": ["cp874"],
    "iso-8859-5": ["cp1251"], "iso-8859-2": ["cp1250"],
    "hz": ["gb18030"],
}  # fmt: skip
_MULTIBYTE = {"gb18030", "cp950", "big5hkscs", "cp932", "euc_jis_2004", "cp949", "hz"}
_WIDE = ("hz", "utf-16", "utf-32", "utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7",
         "csutf7", "cp037", "cp500", "cp1140", "ibm037", "ibm500", "ibm1140", "ebcdic")  # fmt: skip
_WESTERN = {None, "utf-8", "cp1252", "cp1254", "iso-8859-15"}

_LABEL_END = re.compile(r"[;,\s]")
_LABEL_JUNK = re.compile(r"[^a-z0-9._:+-]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TERMINAL = re.compile(r"\x1b(?:\[[0-9;?]{0,40}[@-~]|[()][0-9AB]|\][^\x07\x1b\n]{0,200}\x07)?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_UNSEEN = re.compile(
    "[\ud800-\udfff\x80-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_ESCAPED = re.compile("[\udc80-\udcff]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_AS_WESTERN = {0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(128, 256)}
_LATE_SURROGATE = re.compile(rb"\xed[\xa0-\xbf]")


def clean(text: str) -> str:
    """`text` without NUL, lone surrogates and signs that only steer a display; lines end by LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", _TERMINAL.sub("", text))
    if not text.isascii() and _UNSEEN.search(text):
        text = _UNSEEN.sub(_seen, text)
    return text


def _seen(match: re.Match[str]) -> str:
    return "\ufffd" if "\ud800" <= match[0] <= "\udfff" else ""


def decode(data: bytes, label: str | None = None) -> tuple[str, str | None]:
    """The text that `data` most likely holds, cleaned; and what was mended, or None."""
    if data.isascii() and b"\x1b" not in data and not _is_wide(label):
        return clean(data.decode("ascii")), None
    codec = _codec(label)
    text, read_as = _read(data, codec)
    if read_as == codec or (codec is None and data.isascii()):
        return clean(text), None
    said = f"charset {label.strip().lower()[:40]!r}" if label else "no charset:"
    return clean(text), f"{said} read as {read_as}"


def _is_wide(label: str | None) -> bool:
    """True for the charsets whose text is ASCII bytes that do not mean ASCII."""
    return label is not None and label.strip(" \t\"'").lower().startswith(_WIDE)


@lru_cache(maxsize=512)
def _codec(label: str | None) -> str | None:
    """The Python codec for a label, widened; None where the label says nothing usable."""
    if not label:
        return None
    name = _LABEL_END.split(label.strip(" \t\r\n\0\"';,").lower()[:80], 1)[0]
    name = _LABEL_JUNK.sub("", name.removeprefix("charset=").removeprefix("=?"))
    dashed = name.replace("_", "-")
    name = _WIDER.get(name) or _WIDER.get(dashed) or name.removeprefix("x-")
    name = _WIDER.get(name, name)
    try:
        found = codecs.lookup(name).name
        b" ".decode(name, "replace")  # no codec of a charset knows no text (hex, zlib, rot13)
    except (LookupError, ValueError, RuntimeError, AssertionError):
        return None
    if found.replace("_", "-") in _NOT_CHARSETS:
        return None
    return _WIDER.get(found) or _WIDER.get(found.replace("_", "-"), name)


def _read(data: bytes, codec: str | None) -> tuple[str, str]:
    """The text, and the codec by which it was read."""
    for attempt in _attempts(data, codec):
        text = _try(attempt, data)
        if text is not None:
            return text, attempt
    if codec in _WESTERN:
        mixed = _mostly_utf8(data)
        if mixed is not None:
            return mixed, "mostly utf-8"
    elif codec is not None:
        text = data.decode(codec, "replace")
        if text.count("\ufffd") * 12 < len(text):
            return text, codec
    guessed = charset_guess.guess(data)
    return data.decode(guessed, "ignore"), guessed


def _attempts(data: bytes, codec: str | None) -> list[str]:
    order: list[str] = []
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        order.append("utf-16")
    if b"\x1b" in data and iso2022.is_shifted(data):
        order.append("iso-2022")
    if codec in {"utf-16", "utf_16"} and not order:
        order.append("utf-16-be" if data[:1] == b"\0" else "utf-16-le")
    # Text that is valid UTF-8 and not ASCII is UTF-8, whatever an 8-bit label says of it. Short
    # text of two-byte characters may be both.
    if codec not in _MULTIBYTE or (len(data) > 8 and charset_guess.three_bytes(data)):
        order.append("utf-8")
    if codec is not None and codec != "utf-8":
        if _is_wide(codec):
            order.insert(0, codec)
        else:
            order.append(codec)
        order += _RELATIVES.get(codec, [])
        if codec.replace("_", "-").startswith("iso-2022-jp") or codec.startswith("iso2022_jp"):
            order = [one for one in order if one != codec] + ["cp932", "euc_jp"]
    if b"\xed" in data and _LATE_SURROGATE.search(data):
        order.append("cesu-8")
    return order


def _mostly_utf8(data: bytes) -> str | None:
    """UTF-8 with some bytes of a Western charset in it, where UTF-8 is what most of it is."""
    text = data.decode("utf-8", "surrogateescape")
    strange = len(_ESCAPED.findall(text))
    return text.translate(_AS_WESTERN) if strange * 2 < len(_FOREIGN.findall(text)) else None


def _cesu8(data: bytes) -> str:
    """UTF-8 of UTF-16, surrogate by surrogate, as Java and some databases write it."""
    units = data.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace")


def _try(attempt: str, data: bytes) -> str | None:
    try:
        if attempt == "cesu-8":
            return _cesu8(data)
        if attempt == "iso-2022":
            return iso2022.decode(data)
        text = data.decode(attempt)
    except (LookupError, ValueError, RuntimeError, ImportError):
        return None
    return None if not text.isascii() and _SURROGATE.search(text) else text
