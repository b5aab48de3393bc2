"""Pictures of letters: headless Chromium shows each as readers see it, wide and narrow.

Left in light colours, right in dark ones, above as wide as a window and below as narrow as a small
telephone. Nothing is loaded from anywhere.
"""

import html
import shutil
import subprocess
import tempfile
from pathlib import Path

from gateway.errors import Permanent

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDE, NARROW = 720, 320
SECONDS = 60.0
PAPERS = {"light": "#fff", "dark": "#121212"}  # as browsers have them
_FRAME = """<iframe title="{name}" srcdoc="{page}"
 style="width: {width}px; color-scheme: {scheme}; background: {paper}"></iframe>"""
_SHEET = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ margin: 16px; background: #777; display: grid; grid-template-columns: auto auto; gap: 16px;
  justify-content: start; align-items: start }}
iframe {{ border: 0; height: 100px }}
</style></head><body>{frames}<script>
onload = () => {{ for (const one of document.querySelectorAll("iframe"))
  one.style.height = one.contentDocument.documentElement.scrollHeight + 2 + "px" }}
</script></body></html>"""


def browser() -> str | None:
    """The program, None where there is none."""
    return next((found for one in PROGRAMS if (found := shutil.which(one))), None)


def sheet(title: str, page: str) -> str:
    """A page that shows `page` four times."""
    quoted = html.escape(page)
    frames = [
        _FRAME.format(
            name=f"{width} px, {scheme}", page=quoted, width=width, scheme=scheme, paper=paper
        )
        for width in (WIDE, NARROW)
        for scheme, paper in PAPERS.items()
    ]
    return _SHEET.format(title=html.escape(title), frames="".join(frames))


def picture(program: str, title: str, page: str, out: Path) -> None:
    """Make the picture of an HTML letter. Raises Permanent where the browser does not."""
    lines = page.count("<p") + page.count("<li") + page.count("<br")
    height = 700 + 2 * 34 * lines + len(page) // 6
    with tempfile.TemporaryDirectory(prefix="letters-") as folder:
        file = Path(folder) / "sheet.html"
        file.write_text(sheet(title, page), encoding="utf-8")
        command = [
            program, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--no-sandbox",  # it is shown our own page, and may run as root in a container
            f"--user-data-dir={folder}/profile", f"--window-size={2 * WIDE + 48},{height}",
            f"--screenshot={out.absolute()}", file.as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603  # a program found in PATH, files of ours
                command, capture_output=True, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Permanent(f"{program} makes no picture: {type(error).__name__}") from error
        if done.returncode or not out.is_file():
            raise Permanent(f"{program} makes no picture: it ended with {done.returncode}")
