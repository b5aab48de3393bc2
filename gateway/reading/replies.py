"""What the sender newly wrote: quoted mail, signature, footers and disclaimers cut away.

Answers between and below quotations stay. Of a forward it is what the forwarder wrote, possibly
nothing. The result is only empty where everything is quoted, forwarded or blank.
"""

from gateway.reading import quoting, signatures

MAX_LINES = 20_000


def reply_text(text: str, sender_name: str = "", *, passed_on: bool = False) -> str:
    """The part of `text` that its sender wrote; `passed_on` says that it forwards a message."""
    lines = signatures.strip_banner(text.split("\n")[:MAX_LINES])
    lines = signatures.strip_list_footer(lines)
    block = quoting.find_header_block(lines)
    own = lines[: block.start] if block else lines
    segments = _unquoted(own)
    kept = ["\n".join(signatures.strip(segment, sender_name)) for segment in segments]
    written = "\n\n".join(piece for piece in kept if piece.strip())
    if written.strip() or passed_on or block is not None:
        return written.strip("\n")
    return "\n".join(line for line in lines if not quoting.is_quote(line)).strip()


def _unquoted(lines: list[str]) -> list[list[str]]:
    """The stretches of `lines` between quotations."""
    if not any(">" in line or line.endswith((":", "：")) for line in lines):
        return [lines]  # neither quote marks nor an attribution
    marked = _marked(lines)
    segments: list[list[str]] = [[]]
    number = 0
    while number < len(lines):
        if marked[number]:
            if segments[-1]:
                segments.append([])
            number += 1
            continue
        end = quoting.attribution_end(lines, number)
        if end is None:
            segments[-1].append(lines[number])
            number += 1
            continue
        if not _next_is_marked(lines, marked, end) and _something_written(segments):
            break  # quoted without marks: everything below is the other's
        segments.append([])
        number = end
    return segments


def _marked(lines: list[str]) -> list[bool]:
    """Which lines are quoted: those with a mark, and their rest where a long one was wrapped."""
    marked = [quoting.is_quote(line) for line in lines]
    if sum(marked) == 1:
        marked = [is_marked and not quoting.may_be_prompt(line)
                  for is_marked, line in zip(marked, lines, strict=True)]  # fmt: skip
    for number in range(1, len(lines) - 1):
        is_rest = marked[number - 1] and marked[number + 1] and lines[number][:1].islower()
        marked[number] = marked[number] or (is_rest and len(lines[number - 1]) > 60)
    return marked


def _next_is_marked(lines: list[str], marked: list[bool], number: int) -> bool:
    return next((marked[n] for n in range(number, len(lines)) if lines[n].strip()), True)


def _something_written(segments: list[list[str]]) -> bool:
    return any(line.strip() for segment in segments for line in segment)
