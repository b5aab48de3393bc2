"""Feed the reader what nobody wrote: `python -m tests.fuzz [--seconds 60] [--seed 1] [--costly]`.

Mutations of real forms of mail, guided by coverage where atheris is installed (the extra `fuzz`; it
has no build for every platform), else at random. Each finding is written to `tests/fuzz/findings/`,
where a test replays it. With `--costly`, messages made to cost much are read and the worst are shown.
"""

import argparse
import hashlib
import random
import sys
import time
from pathlib import Path

from tests.fuzz.costly import MESSAGES
from tests.fuzz.mutation import mutated, seeds

FINDINGS = Path(__file__).parent / "findings"
SECONDS_EACH = 1.0  # of CPU, for the worst 5 MB
COSTLY_SIZE = 1_000_000


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def keep(raw: bytes, reason: str) -> None:
    path = FINDINGS / f"{hashlib.sha256(raw).hexdigest()[:16]}.eml"
    path.write_bytes(raw)
    say(f"{path.name}: {reason}")


def try_out(raw: bytes) -> bool:
    """True where a promise holds; else the message is kept."""
    from tests.fuzz.soundness import check  # after the reader may have been instrumented

    started = time.process_time()
    try:
        check(raw)
    except Exception as error:  # whatever it is, it is a finding
        keep(raw, f"{type(error).__name__}: {error}")
        return False
    if (spent := time.process_time() - started) > SECONDS_EACH:
        keep(raw, f"took {spent:.1f} s of CPU")
        return False
    return True


def at_random(seconds: float, seed: int) -> int:
    chance, known = random.Random(seed), seeds()
    end, tried, found = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        found += not try_out(mutated(chance.choice(known), chance, known))
        tried += 1
    say(f"{tried} messages at random, {found} findings")
    return found


def by_coverage(seconds: float, seed: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["gateway.reading"]):
        import tests.fuzz.soundness  # noqa: F401

    known = seeds()

    def mutate(data: bytes, size: int, number: int) -> bytes:
        return mutated(data, random.Random(number), known)[:size]

    def one(data: bytes) -> None:
        if not try_out(data):
            raise AssertionError("see above")

    corpus = FINDINGS.parent / ".corpus"
    corpus.mkdir(exist_ok=True)
    for raw in known:
        (corpus / hashlib.sha256(raw).hexdigest()[:16]).write_bytes(raw)
    options = [f"-max_total_time={int(seconds)}", f"-seed={seed}", "-max_len=20000"]
    options += [f"-artifact_prefix={corpus}/", str(corpus)]
    atheris.Setup([sys.argv[0], *options], one, custom_mutator=mutate)
    atheris.Fuzz()


def costly() -> int:
    """Read what was made to cost; the number of messages that cost more than is allowed."""
    from gateway.reading import read

    spent: list[tuple[float, str]] = []
    for name, build in MESSAGES.items():
        raw = build(COSTLY_SIZE)
        started = time.process_time()
        read(raw)
        spent.append((time.process_time() - started, name))
    for seconds, name in sorted(spent, reverse=True)[:15]:
        say(f"{seconds:.2f} s  {name}")
    return sum(seconds > SECONDS_EACH for seconds, _ in spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--costly", action="store_true")
    chosen = parser.parse_args()
    FINDINGS.mkdir(exist_ok=True)
    if chosen.costly:
        sys.exit(1 if costly() else 0)
    try:
        import atheris  # noqa: F401
    except ImportError:
        say("atheris is not installed (extra `fuzz`): mutations at random, without coverage")
        sys.exit(1 if at_random(chosen.seconds, chosen.seed) else 0)
    by_coverage(chosen.seconds, chosen.seed)


if __name__ == "__main__":
    main()
