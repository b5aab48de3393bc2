"""Reader processes: what they do when the gateway that they work for is gone."""

import subprocess
import sys

import pytest

from tests.acceptance.house import ROOT

PROGRAM = """
import sys
from multiprocessing import Pipe
from gateway.config import shipped
from gateway.readers import _serve
here, there = Pipe()
if sys.argv[1] == "later":
    here.send([b"Subject: one\\r\\n\\r\\nIt is down.\\r\\n"])
here.close()
_serve(there, shipped("data"), None, "UTC")
"""


@pytest.mark.parametrize("when", ["while it starts", "later"])
def test_a_reader_whose_gateway_is_killed_ends_without_a_word(when: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, when],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
