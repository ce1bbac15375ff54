"""Inputs through a decoder in a child that may hang or die; its parent knows by the number which input it was.

Every input follows from seed, decoder and number. The child writes the number down before it reads; whoever has died is
replaced, the input is kept as a file, and the piece goes on without it.
"""

import faulthandler
import multiprocessing
import re
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from typing import Any

from bridge.fuzz.decoders import Broken, Decoder
from bridge.fuzz.mutations import mutated, tokens

CONTEXT = multiprocessing.get_context("fork")
PIECE = 500
"""Inputs between two reports of a child."""
PATIENCE = 5.0
"""Seconds of processor time that one input may take: with the size limits it is a few milliseconds."""
BUSY = 6
"""How many times as long it may take by the clock: on a machine with other work a child waits for its turn."""
TIMERS = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}
MEMORY = 1 << 30
"""Bytes that a child may use beyond what it has."""


@dataclass
class Finding:
    """What must not be: ``crash``, ``hang``, ``untyped`` (an exception that is no verdict) or ``law`` (taken, but a law broken)."""

    kind: str
    number: int
    reason: str
    file: str = ""


@dataclass
class Result:
    """What became of a decoder's inputs."""

    decoder: str
    inputs: int = 0
    seconds: float = 0.0
    slowest_ms: float = 0.0
    """Of processor time, for one input."""
    verdicts: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    """By kind."""
    examples: list[Finding] = field(default_factory=list)
    """One of each sort."""


class Inputs:
    """The inputs of a decoder, by number."""

    def __init__(self, decoder: Decoder, seed: int) -> None:
        """Takes the samples apart once."""
        self.decoder, self.seed = decoder, seed
        self.samples = [sample.data for sample in decoder.samples]
        self.tokens = [tokens(data) for data in self.samples]

    def __call__(self, number: int) -> tuple[bytes, Any]:
        """An input, and what must read it."""
        random = Random(f"{self.seed} {self.decoder.name} {number}")  # noqa: S311  repeatable, no secret
        which = random.randrange(len(self.samples))
        return mutated(self.samples, self.tokens, which, random), self.decoder.samples[which].decode


def work(inputs: Inputs, numbers: range, skip: frozenset[int], pipe: Connection, at: Any, trace: Path) -> None:  # noqa: PLR0913  a process has no self
    """The child: inputs by number, reported piece by piece."""
    with trace.open("w") as stacks:
        faulthandler.enable(stacks)
        for ends in TIMERS.values():
            signal.signal(ends, signal.SIG_DFL)
            faulthandler.register(ends, stacks, chain=True)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for start in range(0, len(numbers), PIECE):
            piece = numbers[start : start + PIECE]
            pipe.send((piece.stop, *_piece(inputs, [number for number in piece if number not in skip], at)))
    pipe.close()


def _piece(inputs: Inputs, numbers: Sequence[int], at: Any) -> tuple[Counter[str], list[Finding], float]:
    verdicts: Counter[str] = Counter()
    findings, slowest = [], 0.0
    for number in numbers:
        data, decode = inputs(number)
        at.value = number
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        signal.setitimer(signal.ITIMER_REAL, BUSY * PATIENCE)
        begun = time.process_time()
        try:
            verdicts[decode(data)] += 1
        except Broken as error:
            findings.append(Finding("law", number, str(error)))
        except Exception as error:  # noqa: BLE001  that is what is looked for
            place = traceback.extract_tb(error.__traceback__)[-1]
            findings.append(Finding("untyped", number, f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"[:300]))
        slowest = max(slowest, time.process_time() - begun)
        for timer in TIMERS:
            signal.setitimer(timer, 0)
    return verdicts, findings, slowest


class Share:
    """A part of the inputs, and the child that works on it."""

    def __init__(self, inputs: Inputs, first: int, last: int, trace: Path) -> None:
        """Starts it."""
        self.inputs, self.done, self.last, self.trace = inputs, first, last, trace
        self.skip: frozenset[int] = frozenset()
        self.at = CONTEXT.Value("q", first, lock=False)
        self.start()

    def start(self) -> None:
        """A child for what is left."""
        self.pipe, end = CONTEXT.Pipe(duplex=False)
        arguments = (self.inputs, range(self.done, self.last), self.skip, end, self.at, self.trace)
        self.child = CONTEXT.Process(target=work, args=arguments, daemon=True)
        self.child.start()
        end.close()

    def buried(self) -> Finding | None:
        """What the child died of, if it has not finished; another goes on."""
        self.child.join()
        self.pipe.close()
        if self.done == self.last:
            return None
        number, code = int(self.at.value), self.child.exitcode
        stack = re.findall(r'File "([^"]*)", line (\d+)', self.trace.read_text(errors="replace"))
        where = ", ".join(f"{Path(file).name}:{line}" for file, line in stack[:3])
        kind = "hang" if code is not None and -code in TIMERS.values() else "crash"
        self.skip |= {number}
        self.start()
        return Finding(kind, number, f"more than {PATIENCE:.0f} s in {where}" if kind == "hang" else f"exit code {code} {where}")


def run(decoder: Decoder, count: int, seed: int, jobs: int, folder: Path) -> Result:
    """``count`` inputs in ``jobs`` children; what was found lies in ``folder``, an example of each sort."""
    inputs, result, begun = Inputs(decoder, seed), Result(decoder.name, count), time.monotonic()
    name = decoder.name.replace("/", "-")
    bounds = [count * share // jobs for share in range(jobs + 1)]
    shares = [Share(inputs, first, last, folder / f".{name}-{first}") for first, last in pairwise(bounds) if first < last]
    known: set[str] = set()
    for finding in _findings(shares, result):
        result.findings[finding.kind] += 1
        sort = re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "…", f"{finding.kind} {finding.reason}")
        if sort not in known:
            known.add(sort)
            path = folder / f"{name}-{seed}-{finding.number}"
            path.write_bytes(inputs(finding.number)[0])
            finding.file = str(path)
            result.examples.append(finding)
    result.seconds = time.monotonic() - begun
    return result


def _findings(shares: list[Share], result: Result) -> Iterator[Finding]:
    """Listens to the children until all have finished."""
    left = {share.pipe: share for share in shares}
    while left:
        for pipe in wait(list(left)):
            share = left[pipe]  # type: ignore[index]
            try:
                share.done, verdicts, findings, slowest = share.pipe.recv()
            except EOFError:
                del left[share.pipe]
                if finding := share.buried():
                    left[share.pipe] = share
                    yield finding
                else:
                    share.trace.unlink()
                continue
            result.verdicts += verdicts
            result.slowest_ms = max(result.slowest_ms, slowest * 1000)
            yield from findings
