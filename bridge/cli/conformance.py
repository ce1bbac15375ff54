"""``regionbus conformance``: the numbered report on a partner's adapter, endpoint, or a hub's way in."""

import json
import mimetypes
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bridge.conformance import adapters, endpoints, inlets
from bridge.conformance.report import Outcome, run
from bridge.conformance.subject import Subject, targets
from bridge.conformance.wire import Endpoint
from bridge.errors import ConfigError
from bridge.texts import harmless, text

MARKS = {"passed": "✓", "failed": "✗", "not-applicable": "·"}


def report(
    target: str | None, samples: Path | None, http: str | None, inlet: str | None, secret: str | None, ca: Path | None
) -> Iterator[tuple[str, Outcome]]:
    """Every check that there is something to look at for, with what it looks at."""
    if not (target or http or inlet):
        raise ConfigError(text("conform-nothing"))
    subjects = [Subject(each, samples) for each in (targets(target) if target else ())]
    for subject in subjects:
        yield from ((subject.target, outcome) for outcome in run(adapters.CHECKS, subject))
    for url, checks in ((http, endpoints.CHECKS), (inlet, inlets.CHECKS)):
        if url:
            messages, media_type = messages_of(subjects, samples)
            to = Endpoint(url, messages, media_type, secret, str(ca) if ca else None)
            yield from ((url, outcome) for outcome in run(checks, to))


def messages_of(subjects: list[Subject], samples: Path | None) -> tuple[tuple[bytes, ...], str]:
    """What is sent, and its media type: samples that the adapter takes whole, else every file."""
    if subjects:
        good = tuple(each.data for each in subjects[0].samples if each.said and len(each.said) == len(each.found))
        media_type = subjects[0].cls.media_type
    else:
        files = [path for path in sorted(samples.rglob("*")) if path.is_file()] if samples else []
        good = tuple(path.read_bytes() for path in files)
        media_type = next((kind for path in files if (kind := mimetypes.guess_type(path.name)[0])), "application/octet-stream")
    if not good:
        raise ConfigError(text("conform-no-messages"))
    return good, media_type


def run_command(
    target: str | None, *, samples: Path | None, http: str | None, inlet: str | None, secret: str | None, ca: Path | None, as_json: bool
) -> int:
    """Prints the report; 1 if a check failed."""
    found = []
    for subject, outcome in report(target, samples, http, inlet, secret, ca):
        found.append((subject, outcome))
        if not as_json:
            show(outcome, subject if len(found) == 1 or found[-2][0] != subject else "")
    states = Counter(outcome.state for _, outcome in found)
    if as_json:
        rows = [{"subject": subject, **each._asdict(), "title": each.title, "what_to_do": each.remedy} for subject, each in found]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print(text("conform-count", None, passed=states["passed"], failed=states["failed"], aside=states["not-applicable"]))
    return 1 if states["failed"] else 0


def show(outcome: Outcome, subject: str) -> None:
    """A line, and what to do."""
    if subject:
        print(harmless(subject))
    reason = f": {outcome.reason}" if outcome.reason else ""
    print(f"{MARKS[outcome.state]} {outcome.number:>2} {outcome.title} – {text(f'conform-{outcome.state}')}{reason}")
    if outcome.remedy:
        print(f"     {text('conform-todo', None, remedy=outcome.remedy)}")
