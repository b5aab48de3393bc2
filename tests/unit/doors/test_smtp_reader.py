"""The reader of lines and blocks: what it takes for a line, and that it lets others have a turn."""

import asyncio

import pytest

from gateway.doors.smtp_reader import TURN, Hangup, StrictReader


def reader_of(data: bytes) -> StrictReader:
    """A reader to which the client has sent this, and no more."""
    reader = StrictReader(asyncio.get_running_loop())
    reader.feed_data(data)
    reader.feed_eof()
    return reader


def test_lines_and_blocks_come_in_order_and_what_is_put_back_comes_again() -> None:
    async def read() -> None:
        reader = reader_of(b"DATA\r\ntext\r\n.\r\nQUIT\r\n")
        assert await reader.readuntil() == b"DATA\r\n"
        assert await reader.read_block() == b"text\r\n.\r\nQUIT\r\n"
        assert not reader.has_line()
        reader.put_back(b"QUIT\r\n")
        assert reader.has_line()
        assert await reader.readuntil() == b"QUIT\r\n"
        with pytest.raises(Hangup):
            await reader.read_block()
        with pytest.raises(Hangup):
            await reader.readuntil()

    asyncio.run(read())


@pytest.mark.parametrize("line", [b"\n", b"NOOP\n", b"NOOP\r\r\n", b"NO\rOP\r\n", b"\rNOOP\r\n"])
def test_a_line_ends_in_crlf_and_has_no_other(line: bytes) -> None:
    async def read() -> None:
        with pytest.raises(Hangup) as caught:
            await reader_of(line).readuntil()
        assert caught.value.reply.startswith(b"500 5.5.2")

    asyncio.run(read())


def test_a_client_with_many_commands_lets_others_have_their_turn() -> None:
    async def read() -> None:
        reader = reader_of(b"NOOP\r\n" * 3 * TURN)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        for _ in range(3 * TURN):
            await reader.readuntil()
        task.cancel()
        assert turns >= 2

    asyncio.run(read())
