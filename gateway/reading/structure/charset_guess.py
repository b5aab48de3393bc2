"""The charset of 8-bit text that nobody labelled, told by what makes sense when it is read.

Few high bytes among many ASCII letters are a Western or Central European language: the charset
under which they are letters inside of words. Otherwise each candidate is scored by how much of what
it yields is everyday text of its own script. Never raises; Windows-1252 in doubt.
"""

import re
from collections.abc import Callable

SAMPLE = 4_000

_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_THREE_BYTES = re.compile(rb"[\xe1-\xef][\x80-\xbf]{2}")


def three_bytes(data: bytes) -> bool:
    """True for bytes that hold a character of three bytes of UTF-8."""
    return _THREE_BYTES.search(data) is not None


def guess(data: bytes) -> str:
    """The codec under which `data` makes most sense."""
    sample = data[:SAMPLE]
    high = sum(byte >= 0x80 for byte in sample)
    if high < 4 or high * 3 < len(_ASCII_LETTER.findall(sample)):
        return _european(sample)
    scores = [(_plausible(sample, codec, everyday), codec) for codec, everyday in _SCRIPTS]
    score, codec = max(scores, key=lambda scored: scored[0])
    return codec if score > 0.5 else "cp1252"


# --- languages of Latin letters ------------------------------------------------------------

_COMMON = "“”‘’‚„–—…«»€•°§®©™¡¿ºª·½¼¾£¥±²³´×\xa0"
_WEST = set("äöüßéèêëàâçîïôûùœÄÖÜÉÈÀÇáíóúñÁÍÓÚÑãõÃÕåæøÅÆØìòÊ")
_EAST = set("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽöüőűÖÜŐŰäôľĺŕăâîşţĂÂÎŞŢđĐ")
_EUROPEAN = [
    ("cp1252", _WEST), ("cp1250", _EAST), ("iso-8859-2", _EAST), ("mac-roman", _WEST),
    ("cp850", _WEST),
]  # fmt: skip


def _european(sample: bytes) -> str:
    """Windows-1252, unless signs stand inside of its words and letters do under another."""
    scores = [(_sense(sample, codec, letters), -rank, codec)
              for rank, (codec, letters) in enumerate(_EUROPEAN)]  # fmt: skip
    best, _, codec = max(scores)
    return codec if best > scores[0][0] + 0.2 else "cp1252"


def _sense(sample: bytes, codec: str, letters: set[str]) -> float:
    text = f" {sample.decode(codec, 'replace')} "
    points = found = 0
    for at, sign in enumerate(text):
        if sign <= "\x7f":
            continue
        found += 1
        inside = text[at - 1].isalpha() or text[at + 1].isalpha()
        if sign in letters:
            points += 1 if inside else 0
        elif sign in _COMMON:
            points += -1 if text[at - 1].isalpha() and text[at + 1].isalpha() and sign != "’" else 1
        else:
            points -= 1
    return points / found if found else 0.0


# --- other scripts -------------------------------------------------------------------------


def _first_plane(codec: str, first: int, last: int) -> Callable[[str], int]:
    """Counts the signs of a double-byte set's first plane, where the common ones stand."""

    def count(text: str) -> int:
        leads = text.encode(codec, "ignore")[::2]
        return sum(first <= lead <= last for lead in leads)

    return count


def _letters(pattern: str) -> Callable[[str], int]:
    find = re.compile(pattern).findall
    return lambda text: len(find(text))


_KANA = "[ぁ-んァ-ヶー]|(?<=[ぁ-ん])[一-鿿]|[一-鿿](?=[ぁ-ん])"
# Everyday letters of each script. Koi8-r and Windows-1251 read as each other swap the cases, so
# capitals do not count; the double-byte sets overlap, so only their common signs do.
_SCRIPTS = [
    ("cp1251", _letters("[а-яё]")),
    ("koi8-r", _letters("[а-яё]")),
    ("cp866", _letters("[а-яё]")),
    ("iso-8859-5", _letters("[а-яё]")),
    ("cp932", _letters(_KANA)),
    ("euc_jp", _letters(_KANA)),
    ("cp949", _letters("[가-힣]")),
    ("gb18030", _first_plane("gb2312", 0xB0, 0xD7)),
    ("cp950", _first_plane("big5", 0xA4, 0xC6)),
    ("cp1253", _letters("[α-ωάέήίόύώ]")),
    ("cp1255", _letters("[א-ת]")),
    ("cp1256", _letters("[ء-ي]")),
    ("cp874", _letters("[ก-์]")),
]


def _plausible(sample: bytes, codec: str, everyday: Callable[[str], int]) -> float:
    """The share of the non-ASCII characters that are everyday letters of the script."""
    try:
        text = sample.decode(codec, "ignore" if len(sample) == SAMPLE else "strict")
    except UnicodeDecodeError:
        return 0.0
    foreign = "".join(character for character in text if character > "\x7f")
    share = everyday(foreign) / len(foreign) if foreign else 0.0
    # Kana read as Big5 are common signs, while Chinese read as Japanese is hardly ever kana.
    return share * (1.4 if codec in {"cp932", "euc_jp"} else 1.0)
