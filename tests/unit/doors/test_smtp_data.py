"""The block reader against a plain reader of lines, and the limits it enforces on the way."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.doors.smtp_data import (
    BARE_NEWLINE,
    LINE_TOO_LONG,
    MUCH_TOO_BIG,
    OVERRUN,
    TOO_BIG,
    DataReader,
    Refusal,
    hops,
)

ENOUGH = 10**9


def line_by_line(stream: bytes) -> tuple[bytes, bytes]:
    """What RFC 5321 4.5.2 says, in the simplest words: the message, and what follows its end."""
    message, lines = b"", stream.split(b"\r\n")
    for number, line in enumerate(lines):
        if line == b".":
            return message, b"\r\n".join(lines[number + 1 :])
        message += line.removeprefix(b".") + b"\r\n"
    raise AssertionError("the stream has no end")


def stuffed(message: bytes) -> bytes:
    """The message as a client sends it, without the end marker."""
    return b"".join(b"." * line.startswith(b".") + line for line in message.splitlines(True))


def split(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges)]


def read(blocks: list[bytes], size: int = ENOUGH, line: int = ENOUGH) -> tuple[DataReader, bytes]:
    """The reader after these blocks, and what it left over."""
    reader = DataReader(size, line)
    for number, block in enumerate(blocks):
        rest = reader.feed(block)
        if rest is not None:
            return reader, rest + b"".join(blocks[number + 1 :])
    raise AssertionError("the end was not seen")


# Mostly what makes trouble: dots, empty lines, all octets.
line_content = st.one_of(
    st.sampled_from([b"", b".", b"..", b"...", b".x", b"x.", b"\x00", b"\xff\xfe", b" "]),
    st.binary(max_size=40).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"")),
)
messages = st.lists(line_content, max_size=30).map(
    lambda lines: b"".join(line + b"\r\n" for line in lines)
)
cuts = st.lists(st.integers(min_value=0, max_value=10**6), max_size=40)


@settings(max_examples=500, deadline=None)
@given(message=messages, following=st.binary(max_size=30), cuts=cuts)
def test_a_message_comes_out_byte_for_byte_however_its_stream_is_cut(
    message: bytes, following: bytes, cuts: list[int]
) -> None:
    stream = stuffed(message) + b".\r\n" + following
    reader, rest = read(split(stream, cuts))
    assert (reader.raw(), rest) == (message, following)
    assert reader.refusal is None


@settings(max_examples=500, deadline=None)
@given(lines=st.lists(line_content, max_size=30), cuts=cuts)
def test_the_block_reader_agrees_with_a_reader_of_lines_on_unstuffed_dots_too(
    lines: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(line + b"\r\n" for line in lines) + b".\r\nQUIT\r\n"
    reader, rest = read(split(stream, cuts))
    assert (reader.raw(), rest) == line_by_line(stream)


@settings(max_examples=300, deadline=None)
@given(
    before=messages, bare=st.sampled_from([b"\n", b"\r", b"\n\r", b"\r\r\n", b"\n\n"]), cuts=cuts
)
def test_a_newline_that_is_not_crlf_is_refused_wherever_it_stands(
    before: bytes, bare: bytes, cuts: list[int]
) -> None:
    stream = stuffed(before) + b"x" + bare + b"y\r\n.\r\n"
    reader = DataReader(ENOUGH, ENOUGH)
    for block in split(stream, cuts):
        if reader.feed(block) is not None or reader.refusal is not None:
            break
    assert reader.refusal == BARE_NEWLINE


def test_large_messages_agree_with_the_reader_of_lines() -> None:
    chance = random.Random(5321)
    for _ in range(20):
        lines = [chance.randbytes(chance.choice([0, 1, 70, 990, 40_000])) for _ in range(80)]
        plain = [line.translate(None, b"\r\n") for line in lines]
        dotted = [b"." * chance.choice([0, 0, 2, 3]) + line for line in plain]
        stream = b"".join(line + b"\r\n" for line in dotted) + b".\r\nNOOP\r\n"
        cuts = [chance.randrange(len(stream)) for _ in range(40)]
        reader, rest = read(split(stream, cuts))
        assert (reader.raw(), rest) == line_by_line(stream)


@pytest.mark.parametrize("marker", [b"\n.\r\n", b"\r.\r\n", b"\n.\n", b"\r.\r", b"\r\n.\n"])
def test_only_crlf_dot_crlf_ends_a_message(marker: bytes) -> None:
    reader = DataReader(ENOUGH, ENOUGH)
    assert reader.feed(b"Subject: x\r\n\r\ntext" + marker + b"MAIL FROM:<") is None
    assert reader.refusal == BARE_NEWLINE


def test_a_dot_on_the_first_line_of_data_ends_an_empty_message() -> None:
    reader, rest = read([b".\r\n"])
    assert (reader.raw(), rest) == (b"", b"")


def test_a_cr_at_the_end_of_a_block_is_not_yet_bare() -> None:
    reader, _ = read([b"a\r", b"\nb\r", b"\n.", b"\r", b"\n"])
    assert reader.raw() == b"a\r\nb\r\n"


def outcome(stream: bytes, size: int, line: int, step: int) -> Refusal | bytes:
    blocks = [stream[at : at + step] for at in range(0, len(stream), step)]
    reader, rest = read(blocks, size, line)
    assert rest == b"QUIT\r\n"
    return reader.refusal or reader.raw()


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
def test_the_size_limit_is_exact_and_counts_no_transparency_dot(step: int) -> None:
    message = b".dot\r\n" * 20
    stream = stuffed(message) + b".\r\nQUIT\r\n"
    assert outcome(stream, len(message), ENOUGH, step) == message
    assert outcome(stream, len(message) - 1, ENOUGH, step) == TOO_BIG


@pytest.mark.parametrize("step", [1, 3, 50, 10_000])
@pytest.mark.parametrize("place", [0, 5])
def test_the_line_limit_is_exact_and_leaves_out_the_crlf(step: int, place: int) -> None:
    lines = [b"x" * 10] * 10
    lines[place] = b"y" * 200
    stream = b"\r\n".join(lines) + b"\r\n.\r\nQUIT\r\n"
    assert outcome(stream, ENOUGH, 200, step) == b"\r\n".join(lines) + b"\r\n"
    assert outcome(stream, ENOUGH, 199, step) == LINE_TOO_LONG


def test_what_is_refused_is_not_gathered_and_its_sender_is_cut_off_in_the_end() -> None:
    reader = DataReader(1000, ENOUGH)
    block = b"x" * 2**20
    for _ in range(OVERRUN // 2**20):
        assert reader.feed(block) is None
        assert reader.refusal == TOO_BIG
        assert len(reader._rest) < 10
    reader.feed(block)
    assert reader.refusal == MUCH_TOO_BIG
    assert reader.refusal.close


def test_hops_are_counted_in_the_header_only() -> None:
    header = b"Received: by a\r\nRECEIVED: by b\r\n\tfrom c\r\nX-Received: d\r\n"
    assert hops(header + b"\r\nReceived: in the text\r\n") == 2
    assert hops(header) == 2
    assert hops(b"\r\nReceived: in the text\r\n\r\n") == 0
