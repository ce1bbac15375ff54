"""``regionbus acl``: who may do what on the bus of a hub, as an access list of Mosquitto; one account for each connection, none may more than it does."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bridge import settings as loading
from bridge import topics
from bridge.kinds import LANES, Lane
from bridge.liveness import ping
from bridge.settings import Peer, Settings

EVERYBODY = ["*"]
SCHEMAS = [topics.schemas("+"), topics.schema("+")]
HEAD = "# Who may do what on the bus of {hub}. Written by regionbus acl from the settings: change those, never this file."


class Account(NamedTuple):
    """A connection, its name and what it may."""

    name: str
    reads: list[str]
    writes: list[str]


def run(config: Path, processes: list[str]) -> None:
    """Prints the list. Nobody's password is asked for."""
    print(page(loading.load(config, secrets=False), processes), end="")


def page(found: Settings, processes: Iterable[str] = ()) -> str:
    """The text of the file, for the processes of these names, ours and our neighbours'."""
    names = list(processes) or [found.process]
    blocks = [HEAD.format(hub=found.hub), *(block(each) for name in names for each in own(found, f"{found.hub}-{name}"))]
    blocks += [block(each) for each in doctors(found.hub)]
    for peer in found.peer:
        blocks += [f"# {peer.hub} reads what it may have, and asks; it writes nothing else."]
        blocks += [block(each) for name in names for each in reader(found.hub, peer, f"{peer.hub}-{name}-from-{found.hub}")]
    return "\n\n".join(blocks) + "\n"


def block(account: Account) -> str:
    """One account's lines."""
    lines = [f"user {account.name}", *(f"topic read {each}" for each in account.reads), *(f"topic write {each}" for each in account.writes)]
    return "\n".join(lines)


def own(found: Settings, name: str) -> Iterator[Account]:
    """The connections of one of our processes."""
    echo = [ping(found.hub)]
    for lane in LANES:
        if found.outlet:
            yield Account(f"{name}-{lane}", topics.filters(lane, found.addresses) + (echo if lane == "normal" else []), [])
        yield Account(f"{name}-{lane}-out", [], carried(found, lane) + (echo if lane == "normal" else []))
    if not found.outlet:
        yield Account(f"{name}-ping", echo, [])
    yield Account(f"{name}-monitor", [f"{topics.ROOT}/data/#", f"{topics.ROOT}/to/#"], [])
    said = topics.state(found.hub, "presence")
    yield Account(f"{name}-presence", [said, *(topics.state(relay.hub, "presence") for relay in found.relay)], [said])
    yield Account(f"{name}-schemas", SCHEMAS, [topics.schemas(found.hub), topics.schema("+")])
    if found.relay or found.peer:
        heads = topics.state(found.hub, "heads")
        copied = [topics.state(hub, what) for hub in passed_on(found) for what in ("heads", "presence")]
        yield Account(f"{name}-state", [heads], [heads, *copied])
        asks = [topics.ask(found.hub, peer.hub, what) for peer in found.peer for what in ("replay", "snapshot")]
        yield Account(f"{name}-answers", asks, [topics.answer(found.hub, peer.hub, "#") for peer in found.peer])


def carried(found: Settings, lane: Lane) -> list[str]:
    """All that a lane may carry; the normal one also what only newer neighbours know."""
    if lane == "normal" and found.relay:
        return [f"{topics.ROOT}/data/#", f"{topics.ROOT}/to/#"]
    return topics.pulled(lane, EVERYBODY, ["+"], EVERYBODY)


def passed_on(found: Settings) -> list[str]:
    """Whose words about themselves are copied to our bus."""
    return ["+"] if any(relay.transit for relay in found.relay) else [relay.hub for relay in found.relay]


def doctors(hub: str) -> Iterator[Account]:
    """Those of ``regionbus doctor``."""
    yield Account(f"{hub}-doctor", [ping(hub), topics.schemas("+"), "$SYS/broker/version"], [])
    yield Account(f"{hub}-doctor-out", [], [ping(hub)])


def reader(hub: str, peer: Peer, name: str) -> Iterator[Account]:
    """The connections of a neighbour's process."""
    modes = ["+"] if set(topics.MODES) <= set(peer.modes) else [topics.MODES[mode] for mode in peer.modes if mode in topics.MODES]
    for lane in LANES:
        yield Account(f"{name}-{lane}", topics.pulled(lane, peer.agencies, modes, peer.inboxes), [])
    yield Account(f"{name}-schemas", SCHEMAS, [])
    said = [topics.state("+", what) for what in ("heads", "presence")]
    asks = [topics.ask(hub, peer.hub, what) for what in ("replay", "snapshot")]
    yield Account(f"{name}-state", [*said, topics.answer(hub, peer.hub, "#")], asks)
