"""What may pass from a neighbour's bus, and with which hops."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge import wire
from bridge.adapter import Said, Says
from bridge.door import HOPS, Door, Turned
from bridge.envelope import Terms, seal
from bridge.errors import Invalid, Malformed
from bridge.kinds import LANES
from bridge.ledger import Relayed
from bridge.links.feed import Feeds
from bridge.links.hub import Hub
from bridge.links.relay import KINDS, Relay
from bridge.records import Carrier, Envelope, Hop, Incident, Location
from bridge.streams import Scope

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
ALL = Scope(frozenset("*"), frozenset({"actual"}), frozenset({"cn-here-fire"}))
RECORD = Incident(incident_id="x", owner="cn-there-fire", category="Accident", lifecycle="Reported", location=Location())


def came(hub="cn-there", hops=(), agency="cn-there-fire", now=NOW, **says):
    (sealed,) = seal(Said(RECORD, Says(**says)), Terms(agency=agency, mode="Actual"), now)
    passed = tuple(Hop(hub=each, at=NOW) for each in hops)
    return str(sealed.topic), wire.encode(Carrier(hub=hub, stream=sealed.stream, epoch=1, sequence=1, hops=passed, envelope=sealed.data))


def door(**options):
    return Door(**{"own": "cn-here", "peer": "cn-there", "scope": ALL, "agencies": frozenset({"cn-here-fire"}), **options})


def test_what_passes_has_one_hop_more_and_the_same_envelope():
    topic, data = came()
    found = door().passed(topic, data, NOW)
    assert found.topic == topic
    assert found.carrier == wire.decode(data, Carrier).model_copy(update={"hops": (Hop(hub="cn-here", at=NOW),)})


@pytest.mark.parametrize(
    ("message", "options", "reason"),
    [
        (dict(hub="cn-here", agency="cn-here-fire"), {}, "own"),
        (dict(hops=["cn-far", "cn-here"]), dict(transit=True), "passed"),
        (dict(hops=[f"cn-{number}" for number in range(HOPS)]), dict(transit=True), "hops"),
        (dict(hub="cn-far", hops=["cn-there"]), {}, "transit"),
        (dict(mode="Exercise"), {}, "scope"),
        (dict(recipients=("cn-elsewhere-fire",)), {}, "scope"),
        ({}, dict(scope=Scope(frozenset({"cn-other"}), frozenset({"actual"}), frozenset())), "scope"),
        ({}, dict(scope=Scope(frozenset(), frozenset(), frozenset())), "scope"),
    ],
)
def test_what_does_not_pass_is_turned_away_with_a_reason(message, options, reason):
    assert door(**options).passed(*came(**message), NOW) == Turned(reason)


def newer(of):
    """A record of a kind that only newer hubs know, and that they say in a lane."""
    (sealed,) = seal(Said(RECORD), Terms(agency="cn-there-fire", mode="Actual"), NOW)
    envelope = sealed.envelope.model_copy(update={"kind": "forecast", "payload": b"\xc3\x01 of a schema that nobody here knows"})
    carrier = Carrier(hub="cn-there", stream=f"cn-there-fire/full/actual/{of}", epoch=1, sequence=1, envelope=wire.encode(envelope))
    return str(sealed.topic._replace(kind="forecast")), wire.encode(carrier)


@pytest.mark.parametrize("lane", LANES)
def test_what_is_of_a_kind_that_only_newer_hubs_know_passes_unread_and_is_counted(lane):
    hub = Hub(None, Feeds(None), lambda: NOW, timedelta(days=7))
    relay = Relay("relay", None, door(), hub)
    topic, data = newer(lane)
    found = relay.brought(topic, data)
    assert (found.topic, found.carrier.envelope) == (topic, wire.decode(data, Carrier).envelope)
    assert (hub.measures.unread["cn-there"], relay.newer) == (1, {("forecast", lane)})
    assert isinstance(relay.brought(*came()), Relayed)
    assert (hub.measures.unread["cn-there"], relay.newer) == (1, {("forecast", lane)})


def test_a_lane_that_is_none_is_refused_of_a_newer_kind_too():
    with pytest.raises(Malformed, match="stream"):
        door().passed(*newer("slow"), NOW)


def test_a_flood_of_kinds_that_nobody_knows_is_counted_and_not_kept():
    hub = Hub(None, Feeds(None), lambda: NOW, timedelta(days=7))
    relay = Relay("relay", None, door(), hub)
    (topic, data), many = newer("bulk"), 2 * KINDS
    carrier = wire.decode(data, Carrier)
    envelope = wire.decode(carrier.envelope, Envelope)
    for number in range(many):
        said = carrier.model_copy(update={"envelope": wire.encode(envelope.model_copy(update={"kind": f"k{number}"}))})
        relay.brought(topic.replace("forecast", f"k{number}"), wire.encode(said))
    assert (hub.measures.unread["cn-there"], len(relay.newer)) == (many, KINDS)


def test_what_is_addressed_to_ours_passes_in_every_mode_so_that_its_author_is_told_who_does_not_take_it():
    topic, data = came(mode="Exercise", recipients=("cn-here-fire",))
    assert door().passed(topic, data, NOW).topic == topic


def test_what_we_asked_for_passes_though_it_is_our_own_or_was_here():
    own, here = came(hub="cn-here", agency="cn-here-fire"), came(hops=["cn-here"])
    assert [door().passed(*each, NOW, asked=True).topic for each in (own, here)] == [own[0], here[0]]


def test_no_other_hub_speaks_for_our_agencies():
    with pytest.raises(Malformed) as caught:
        door().passed(*came(agency="cn-here-fire"), NOW)
    assert (caught.value.verdict.code, caught.value.verdict.at) == ("disagrees", "hub")


def test_what_is_older_than_we_remember_is_refused():
    with pytest.raises(Invalid, match=r"older"):
        door().passed(*came(now=NOW - timedelta(days=8)), NOW)
