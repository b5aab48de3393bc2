"""True, false and unknown charset labels."""

import pytest

from gateway.reading import read
from gateway.reading.structure import encoded_words
from gateway.reading.structure.charsets import clean, decode


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Früh’s", "cp1252", "iso-8859-1"),
        ("Größe", "latin-1", "us-askey"),
        ("día de mañana", "latin-1", "DEFAULT_CHARSET"),
        ("día de mañana", "utf-8", "us-ascii"),
        ("día de mañana", "utf-8", "iso-8859-1"),
        ("系统坏了請", "gbk", "gb2312"),
        ("系统坏了", "gb2312", "iso-gb2312"),
        ("Привет, друзья", "mac-cyrillic", "x-mac-cyrillic"),
        ("Привет, как дела сегодня", "koi8-r", "x-unknown"),
        ("Привет, как дела сегодня", "cp1251", None),
        ("お知らせ：停止しています", "cp932", "unknown-8bit"),
        ("お知らせ：停止しています", "euc_jp", None),
        ("日本語①", "cp932", "iso-2022-jp"),
        ("系統維護通知，我們的服務將會停止", "big5", None),
        ("안녕하세요 여러분", "cp949", "ks_c_5601-1987"),
        ("wide", "utf-16", "utf-16"),
    ],
)
def test_text_is_read_under_a_label_that_is_wrong_narrow_or_unknown(text, codec, label):
    assert decode(text.encode(codec), label)[0] == text


def test_a_circled_digit_in_iso_2022_jp_is_read():
    assert decode(b"\x1b$B\x2d\x21\x1b(B ok", "iso-2022-jp")[0] == "① ok"


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "unicode_escape", "hex", "undefined", "rot13"]
)
def test_codecs_that_are_no_charsets_are_not_used(label):
    assert decode(b"caf\xe9 \\u0041", label)[0] == "café \\u0041"


def test_what_was_mended_is_said():
    assert decode("é".encode("latin-1"), "x-unknown")[1] is not None
    assert decode("é".encode(), "utf-8")[1] is None


def test_no_nul_and_no_surrogate_is_left():
    assert clean("a\0b\ud800c\r\nd\re") == "ab\ufffdc\nd\ne"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?q?Caf=C3=A9?=", "Café"),
        ("=?UTF-8?B?Q2Fmw6k=?= again", "Café again"),
        ("=?utf-8?q?one_?=\r\n =?utf-8?q?two?=", "one two"),
        ("=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "€"),
        ("=?utf-8?b?4oI?= =?utf-8?b?rA==?=", "€"),
        ("=?utf-8?q?What's_up??=", "What's up?"),
        ("=?x-unknown?q?a=E9?=", "aé"),
        ("=?iso-8859-1*es?q?d=EDa?=", "día"),
        ('"=?utf-8?q?Caf=C3=A9?=" x', '"Café" x'),
        ("=?utf-8?q?Fr\udcc3\udcbcsche?= \udce9", "Früsche é"),
        ("no =?word at all", "no =?word at all"),
    ],
)
def test_encoded_words_are_read_as_they_are_meant(raw, text):
    assert encoded_words.decode(raw) == text


def test_raw_8_bit_bytes_in_a_subject_are_read():
    assert read("Subject: Größe\n\nx".encode("latin-1")).subject == "Größe"
    assert read("Subject: Größe\n\nx".encode()).subject == "Größe"


def test_the_charset_of_html_is_taken_from_the_document_where_the_part_has_none():
    raw = b'Content-Type: text/html\n\n<meta charset="windows-1251"><p>' + "Привет".encode("cp1251")
    assert read(raw).text == "Привет"
