"""The line to the relay: what is said together, and which answer belongs to which command."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from gateway.outbox.line import MALFORMED, Line, Lost, Reply

MAIL, RCPT = b"MAIL FROM:<a@x.example>\r\n", b"RCPT TO:<b@x.example>\r\n"
ENVELOPE = MAIL + RCPT + b"DATA\r\n"
# What the relay waits for, and what it then says, in pieces; "" hangs up.
Script = Sequence[tuple[bytes, Sequence[bytes]]]


def talk(
    script: Script,
    act: Callable[[Line], Awaitable[None]],
    *,
    pipelining: bool = True,
    timeout: float = 30.0,
) -> None:
    """A relay that follows the script to the letter, and a line to it."""
    heard: list[bytes] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for wanted, pieces in script:
            try:
                heard.append(await reader.readexactly(len(wanted)))
            except asyncio.IncompleteReadError as error:
                heard.append(error.partial)
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
                if not piece:
                    writer.close()
        if not writer.is_closing():
            await reader.read()
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(relay, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)
            line = Line(transport, timeout=timeout, pipelining=pipelining)
            try:
                await act(line)
            finally:
                line.close()

    asyncio.run(main())
    assert heard == [wanted for wanted, _ in script][: len(heard)]


def test_an_envelope_is_said_at_once_and_its_answers_may_come_in_pieces() -> None:
    async def act(line: Line) -> None:
        assert await line.envelope(MAIL, RCPT) is None
        assert await line.text(b"Subject: x\r\n\r\n.dot\r\n..\r\n") == Reply(
            250, "2.0.0 queued as 7"
        )

    text = b"Subject: x\r\n\r\n..dot\r\n...\r\n.\r\n"
    answers = [b"250 2.1.0 Ok\r\n25", b"0-2.1.5 Ok\r\n250 2.1.5 here\r\n354 go", b" ahead\r\n"]
    talk([(ENVELOPE, answers), (text, [b"250 2.0.0 queued as 7\r\n"])], act)


def test_without_pipelining_each_command_waits_for_its_answer() -> None:
    async def act(line: Line) -> None:
        assert await line.envelope(MAIL, RCPT) == Reply(550, "5.1.1 nobody")
        assert await line.ask(b"RSET\r\n") == Reply(250, "ok")

    script = [
        (MAIL, [b"250 ok\r\n"]),
        (RCPT, [b"550 5.1.1 nobody\r\n"]),
        (b"RSET\r\n", [b"250 ok\r\n"]),
    ]
    talk(script, act, pipelining=False)


@pytest.mark.parametrize("data", [b"503 no recipient\r\n", b"354 go ahead\r\n"])
def test_who_is_refused_gets_nothing_even_where_the_relay_waits_for_a_text(data: bytes) -> None:
    async def act(line: Line) -> None:
        assert await line.envelope(MAIL, RCPT) == Reply(550, "5.1.1 nobody")
        assert await line.ask(b"RSET\r\n") == Reply(250, "ok")

    script: list[tuple[bytes, list[bytes]]] = [
        (ENVELOPE, [b"250 ok\r\n550 5.1.1 nobody\r\n" + data]), (b"RSET\r\n", [b"250 ok\r\n"])
    ]  # fmt: skip
    if data.startswith(b"354"):
        script.insert(1, (b".\r\n", [b"554 no valid recipients\r\n"]))
    talk(script, act)


def test_a_relay_that_says_goodbye_to_an_envelope_is_heard_out() -> None:
    async def act(line: Line) -> None:
        assert await line.envelope(MAIL, RCPT) == Reply(421, "too busy")

    talk([(ENVELOPE, [b"421 too busy\r\n", b""])], act)


def test_a_line_that_ends_in_the_middle_is_lost() -> None:
    async def act(line: Line) -> None:
        with pytest.raises(Lost, match="the relay closed it"):
            await line.envelope(MAIL, RCPT)
        assert not line.is_open
        with pytest.raises(Lost):
            await line.ask(b"RSET\r\n")

    talk([(ENVELOPE, [b"250 ok\r\n250 ok\r\n", b""])], act)


def test_what_nobody_asked_for_is_no_answer() -> None:
    async def act(line: Line) -> None:
        assert (await line.ask(b"NOOP\r\n")).text == "one"
        assert (await line.ask(b"NOOP\r\n")).text == "three"

    talk([(b"NOOP\r\n", [b"250 one\r\n250 two\r\n"]), (b"NOOP\r\n", [b"250 three\r\n"])], act)


@pytest.mark.parametrize("words", [b"hello\r\n", b"2\r\n", b"250-" + b"x" * 40_000])
def test_an_answer_in_no_known_form_ends_the_line(words: bytes) -> None:
    async def act(line: Line) -> None:
        assert (await line.ask(b"NOOP\r\n")).code == MALFORMED
        assert not line.is_open

    talk([(b"NOOP\r\n", [words])], act)


def test_an_answer_that_does_not_come_is_waited_for_only_so_long() -> None:
    async def act(line: Line) -> None:
        with pytest.raises(Lost, match="timed out"):
            await line.ask(b"NOOP\r\n")
        assert not line.is_open

    talk([(b"NOOP\r\n", [])], act, timeout=0.05)


@pytest.mark.parametrize("raw", [b"a\nb\r\n\rc", b"a\r\nb\r\n\r\nc\r\n"])
def test_a_text_goes_in_whole_lines(raw: bytes) -> None:
    async def act(line: Line) -> None:
        assert (await line.text(raw)).code == 250

    talk([(b"a\r\nb\r\n\r\nc\r\n.\r\n", [b"250 ok\r\n"])], act)
