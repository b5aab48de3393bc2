"""What the sender newly wrote: quoted mail, signature, footers and disclaimers cut away.

Answers between and below quotations stay. Of a forward it is what the forwarder wrote, possibly
nothing. The result is only empty where everything is quoted, forwarded or blank.
"""

import re

from gateway.reading.quoted import (
    attributions,
    digests,
    footers,
    header_blocks,
    mail_words,
    quoting,
    signatures,
    wrappings,
)

MAX_LINES = 20_000
MAX_BLOCKS = 30
MAX_TRIES = 5_000  # lines that may begin an attribution

_PREFIX = re.compile(r"^\s{0,3}(?:[|:}#%\]=+!&;»]{1,2}>?|=>|->)(?=\s|\w|$)")
_INDENT = re.compile(r"^(?:\t| {2,})\S")
_INCLUDED = re.compile(
    r"^- (?:hide|show) quoted text -$|^[-=\s]{2,20}(?:8<|>8|✂)[^\n]{0,100}$|^[-\s]{0,6}(?:start"
    r"|begin|beginning"
    r"|end) of (?:included|forwarded|quoted|original|attached)"
    r" (?:mail|message|text)",
    re.I,
)
_REST_FROM = 60  # a quoted line this long may have been wrapped, its rest standing without a mark
_SENTENCE_END = (".", "!", "?", ":", ";", "。", "？", "！")


def reply_text(
    text: str, sender_name: str = "", *, passed_on: bool = False, answers: bool = True
) -> str:
    """The part of `text` that its sender wrote.

    `passed_on` says that it forwards a message, `answers` that it is a reply to one.
    """
    lines = wrappings.strip_armour(text.split("\n")[:MAX_LINES])
    lines = wrappings.strip_banner(wrappings.strip_marker(lines))
    lines = footers.strip_list_footer(lines)
    page = _Page(lines, answers=answers or passed_on)
    first, *others = page.own()
    alone = not (page.introduced or page.stopped)
    strip = signatures.strip if alone else signatures.strip_below
    kept = [strip(first, sender_name)]
    kept += [signatures.strip_below(piece, sender_name) for piece in others if any(piece)]
    kept = [piece for piece in kept if any(line.strip() for line in piece)]
    written = "\n\n".join(map("\n".join, kept))
    if written.strip() or passed_on or page.stopped or page.introduced:
        return written.strip("\n")
    return "\n".join(line for line in lines if not quoting.is_quote(line)).strip()


class _Page:
    """The lines of a text, on their way to the stretches that its sender wrote."""

    def __init__(self, lines: list[str], *, answers: bool) -> None:
        self.lines = lines
        self.answers = answers
        self.stopped = False  # all from some line on is another message
        may_quote = any(">" in line or "＞" in line or "&gt;" in line for line in lines)
        self.marked = _marked(lines) if may_quote else [False] * len(lines)
        self.pieces: list[list[str]] = [[]]
        self.end = len(lines)
        self.below: list[str] = []  # what stands below the end of a forwarded message
        self.introduced = False
        self.tries = 0
        self._find_blocks()
        self.ends = self._ends()

    def own(self) -> list[list[str]]:
        """The stretches between quotations."""
        if not (any(self.ends) or any(self.marked)):
            return [self.lines[: self.end], self.below]
        number = 0
        while number < self.end:
            line = self.lines[number]
            if self.marked[number] and not attributions.is_groupwise(line):
                if self._has_written() and self._opens_history(number):
                    break
                self._part()
                number += 1
                continue
            after = self._attributed(number)
            if after is None:
                self.pieces[-1].append(line)
                number += 1
                continue
            self.introduced = True
            self._part()
            quoted = self._marked_below(after) or self._mark_by_form(after)
            if not quoted and self._has_written():
                break  # quoted without marks: everything below is the other's
            number = after
        if self._is_excerpt():
            return [self.lines[: self.end]]
        return [*self.pieces, self.below]

    def _ends(self) -> list[bool]:
        """Which lines an attribution could end with: those with a colon or above a quotation."""
        ends = list(map(_may_attribute, self.lines))
        for number, marked in enumerate(self.marked):
            if marked:
                ends[max(number - 2, 0) : number] = [True] * min(number, 2)
        return ends

    def _find_blocks(self) -> None:
        """Mark the header blocks; what stands unmarked below one is another's."""
        first = 0
        for _ in range(MAX_BLOCKS):
            block = header_blocks.find_header_block(self.lines, first=first)
            if block is None:
                break
            if block.original and (end := header_blocks.forward_end(self.lines, block.body)):
                self.marked[block.start : end] = [True] * (end - block.start)
                first = end
                continue
            if block.is_weak and not self._is_history(block):
                first = block.body
                continue
            if not block.forward and self._marked_below(block.body):
                for number in range(block.start, block.body):
                    self.marked[number] = True
                first = block.body
                continue
            self._stop(block.start)
            if block.forward and (below := header_blocks.forward_end(self.lines, block.body)):
                self.below = self.lines[below:]
            break
        self._find_marked_header()
        masthead = digests.masthead(self.lines[: self.end])
        if masthead is not None and self._written_above(masthead):
            self._stop(masthead)

    def _find_marked_header(self) -> None:
        """Stop at a header that alone is marked: what stands below it without marks is quoted."""
        if not any(self.marked[: self.end]):
            return
        block = header_blocks.find_header_block(self.lines[: self.end], quoted=True)
        if block is None or not self._written_above(block.start):
            return
        below = [n for n in range(block.body, self.end) if self.lines[n].strip("> \t")]
        if below and not any(self.marked[n] for n in below):
            self._stop(block.start)

    def _stop(self, number: int) -> None:
        self.end, self.stopped = number, True

    def _is_history(self, block: header_blocks.HeaderBlock) -> bool:
        return self.answers and self._written_above(block.start)

    def _written_above(self, number: int) -> bool:
        return any(self.lines[n].strip() and not self.marked[n] for n in range(number))

    def _attributed(self, number: int) -> int | None:
        line = self.lines[number]
        if self.answers and self.marked[number + 1 : number + 2] == [True] and _names_sender(line):
            return number + 1
        if line[:1] in {"-", "="} and _INCLUDED.match(line):
            return number + 1
        if not line.strip() or self.tries > MAX_TRIES or not any(self.ends[number : number + 4]):
            return None
        self.tries += 1
        return attributions.end_of(self.lines, self.marked, number, answers=self.answers)

    def _marked_below(self, number: int) -> bool:
        return attributions.marked_below(self.lines, self.marked, number)

    def _opens_history(self, number: int) -> bool:
        """True for the last marked line where it attributes what stands below without marks."""
        line = self.lines[number]
        return (
            _may_attribute(line)
            and attributions.reads_like_one(line)
            and not any(self.marked[number + 1 : self.end])
        )

    def _has_written(self) -> bool:
        return any(line.strip() for piece in self.pieces for line in piece)

    def _part(self) -> None:
        if self.pieces[-1]:
            self.pieces.append([])

    def _mark_by_form(self, number: int) -> bool:
        """Mark what is quoted below an attribution by other means: prefixes, indents, << >>."""
        start = next((n for n in range(number, self.end) if self.lines[n].strip()), self.end)
        if start == self.end or start > number + 2:
            return False
        line = self.lines[start]
        if line.lstrip().startswith("<<"):
            return self._mark_angles(start)
        if (prefix := _PREFIX.match(line)) is not None:
            mark = prefix[0].strip()
            if self._run(start, mark) > 1 or not self._next_line(start):
                for n in range(start, self.end):
                    self.marked[n] = self.marked[n] or self.lines[n].lstrip().startswith(mark)
                return True
        if _INDENT.match(line):
            end = start
            while end < self.end and (
                not self.lines[end].strip() or _INDENT.match(self.lines[end])
            ):
                end += 1
            if end < self.end or self._has_written():
                for n in range(start, end):
                    self.marked[n] = True
                return True
        return False

    def _run(self, start: int, mark: str) -> int:
        count = 0
        while start + count < self.end and self.lines[start + count].lstrip().startswith(mark):
            count += 1
        return count

    def _next_line(self, number: int) -> str:
        return self.lines[number + 1].strip() if number + 1 < self.end else ""

    def _mark_angles(self, start: int) -> bool:
        for end in range(start, min(start + 400, self.end)):
            if self.lines[end].rstrip().endswith(">>"):
                for n in range(start, end + 1):
                    self.marked[n] = True
                return True
        return False

    def _is_excerpt(self) -> bool:
        """True where marked lines are part of what somebody tells: a page's words, a form's.

        Such lines stand between one's own, or one's own between them as in a chat, and no header
        or attribution is among them.
        """
        if self.answers or self.introduced or self.stopped:
            return False
        numbers = [n for n, marked in enumerate(self.marked) if marked]
        if not numbers or not self._written_above(numbers[0]):
            return False
        between = any(line.strip() for line in self._own_lines(numbers[0], self.end))
        return between and not any(_tells_origin(self.lines[n]) for n in numbers[:40])

    def _own_lines(self, first: int, end: int) -> list[str]:
        return [self.lines[n] for n in range(first, end) if not self.marked[n]]


def _names_sender(line: str) -> bool:
    labelled = header_blocks.label_of(line)
    return labelled is not None and mail_words.LABELS.get(labelled[0]) == "from"


def _tells_origin(line: str) -> bool:
    labelled = header_blocks.label_of(line)
    return (labelled is not None and labelled[0] in mail_words.LABELS) or (
        _may_attribute(line) and attributions.reads_like_one(line)
    )


def _may_attribute(line: str) -> bool:
    end = line[-6:]
    if ":" in end or "：" in end or end.endswith((">>>", "---")):
        return True
    return end[-1:] == ")" and ": (" in line


def _marked(lines: list[str]) -> list[bool]:
    """Which lines are quoted: those with a mark, and their rest where a long one was wrapped."""
    marked = [quoting.is_quote(line) for line in lines]
    lone = sum(marked) == 1
    if lone or (any(line.startswith(">>> ") for line in lines) and not _is_nested(lines)):
        prompt = quoting.may_be_prompt
        for number, line in enumerate(lines):
            marked[number] = marked[number] and not (
                (lone or line.startswith(">>> ")) and prompt(line)
            )
    for number in quoting.unquoted(lines):
        marked[number] = False
    for number in range(1, len(lines)):
        if marked[number - 1] and not marked[number] and lines[number]:
            below = number + 1 < len(lines) and marked[number + 1]
            marked[number] = below and _is_rest(lines[number - 1], lines[number])
    return marked


def _is_nested(lines: list[str]) -> bool:
    """True where ">>>" is a quotation of quotations and not a prompt."""
    return any((line[:1] == ">" and line[1:2] != ">") or line.startswith(">> ") for line in lines)


def _is_rest(above: str, line: str) -> bool:
    if len(above) <= _REST_FROM or len(line) > 70 or above.rstrip().endswith(_SENTENCE_END):
        return False
    return line[:1].islower() or len(line) <= 40
