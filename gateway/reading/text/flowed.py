"""Text of the type format=flowed (RFC 3676) to ordinary paragraphs.

Soft line breaks inside one quote depth are joined; quote marks are kept, written "> ".
"""

SIGNATURE = "-- "


def join(text: str, delete_space: bool = False) -> str:
    """`text` with its flowed lines joined; `delete_space` is the parameter DelSp=yes."""
    paragraphs: list[tuple[int, list[str]]] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth, content = _unquoted(line)
        soft = content.endswith(" ") and content != SIGNATURE
        piece = content[:-1] if soft and delete_space else content
        if open_depth == depth and content != SIGNATURE:
            paragraphs[-1][1].append(piece)
        else:
            paragraphs.append((depth, [piece]))
        open_depth = depth if soft else None
    return "\n".join(_quoted(depth, "".join(pieces)) for depth, pieces in paragraphs)


def _unquoted(line: str) -> tuple[int, str]:
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")


def _quoted(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content
