"""Words about people's names: files of words between spaces; a line with `#` is a comment."""

from importlib.resources import files


def words(name: str) -> frozenset[str]:
    """The words of the file `name`."""
    lines = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if line[:1] != "#" for word in line.split())
