"""What may pass from a neighbour's bus, and with which hops."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge import wire
from bridge.adapter import Said, Says
from bridge.door import HOPS, Door, Turned
from bridge.envelope import Terms, seal
from bridge.errors import Invalid, Malformed
from bridge.records import Carrier, Hop, Incident, Location
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
