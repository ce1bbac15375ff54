"""What may be said of another hub, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from bridge.adapter import Said, Says
from bridge.envelope import Terms, seal
from bridge.presence import EVERY, SPAN, Peer, Presences, cannot_take, consumed, produced, versions
from bridge.records import Alert, Mission, Presence, Receipt, Speaks
from bridge.registry import load
from bridge.settings import Settings

NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
HUB = "cn-shanghai"


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def presence(seconds=0.0, state="Online", generation=1, **more):
    return Presence(hub=HUB, generation=generation, agency=HUB, system_name="regionbus", state=state, at=after(seconds), **more)


def heard(*times):
    """A peer that spoke at these seconds, and all peers."""
    all_of = Presences([HUB])
    all_of.look(NOW, 0.0, deaf=False)
    for seconds in times:
        all_of.hear(presence(seconds), after(seconds), seconds)
    return all_of.peers[HUB], all_of


def state(all_of, moment, *, deaf=False):
    all_of.look(after(moment), moment, deaf=deaf)
    return all_of.view()[0].state


# ---- generations and states


def test_a_hub_that_was_never_heard_is_unknown():
    _, all_of = heard()
    assert state(all_of, 1000) == "unknown"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (presence(), "online"),
        (presence(state="Degraded"), "degraded"),
        (presence(state="Offline"), "offline"),
        (presence(state="Offline", planned=True), "planned"),
        (presence(state="Unknown"), "unknown"),
    ],
)
def test_a_hub_is_what_it_last_said(said, word):
    _, all_of = heard()
    all_of.hear(said, NOW, 0.0)
    assert state(all_of, 1) == word


def test_the_will_of_an_older_life_does_not_bury_the_younger():
    peer = Peer()
    assert peer.hear(presence(0, generation=7), NOW, 0.0)
    assert not peer.hear(presence(1, "Offline", generation=6), after(1), 1.0)
    assert peer.said.state == "Online"
    assert peer.hear(presence(2, "Offline", generation=7), after(2), 2.0)
    assert peer.said.state == "Offline"


def test_a_will_counts_though_it_was_written_before_the_last_word():
    peer = Peer()
    peer.hear(presence(30), after(30), 30.0)
    assert peer.hear(presence(0, "Offline"), after(31), 31.0)


def test_a_late_copy_does_not_wake_the_dead_but_a_later_word_does():
    peer = Peer()
    peer.hear(presence(30), after(30), 30.0)
    peer.hear(presence(0, "Offline"), after(31), 31.0)
    assert not peer.hear(presence(15), after(32), 32.0)
    assert not peer.hear(presence(30), after(32), 32.0)
    assert peer.hear(presence(45), after(45), 45.0)
    assert peer.said.state == "Online"


def test_a_hub_whose_clock_was_set_back_is_still_heard():
    peer = Peer()
    peer.hear(presence(3600), after(0), 0.0)
    assert peer.hear(presence(15), after(15), 15.0)
    assert peer.moment == 15.0


# ---- silence


def test_a_hub_is_silent_after_twice_the_usual():
    _, all_of = heard(0)
    assert state(all_of, SPAN * EVERY) == "online"
    assert state(all_of, SPAN * EVERY + 1) == "silent"


@pytest.mark.parametrize("every", [2, 60, 600])
def test_what_is_usual_is_learned_from_the_hub_itself(every):
    _, all_of = heard(*range(0, 50 * every, every))
    last = 49 * every
    assert state(all_of, last + SPAN * every) == "online"
    assert state(all_of, last + SPAN * every + 1) == "silent"


def test_one_long_gap_in_twenty_changes_no_habit():
    times = [*range(0, 300, 15), *range(4000, 4000 + 60 * 15, 15)]
    peer, _ = heard(*times)
    assert peer.habit == 15.0
    assert max(peer.intervals) > 3000


def test_words_that_a_change_has_brought_forward_are_no_habit():
    peer, all_of = heard(*range(0, 300, 15))
    for step in range(40):
        seconds = 300 + step
        all_of.hear(presence(seconds, "Degraded" if step % 2 else "Online"), after(seconds), float(seconds))
    assert peer.habit == 15.0


def test_a_hub_that_speaks_again_is_online_again_and_the_change_is_told():
    _, all_of = heard(0)
    assert state(all_of, 100) == "silent"
    all_of.hear(presence(105), after(105), 105.0)
    (change,) = all_of.look(after(105), 105.0, deaf=False)
    assert (change.before, change.now) == ("silent", "online")
    assert all_of.view()[0].since == after(105)
    assert all_of.look(after(106), 106.0, deaf=False) == []


# ---- deafness


def test_who_is_deaf_calls_nobody_silent_or_offline():
    peer, all_of = heard(0)
    assert state(all_of, 20, deaf=True) == "unknown"
    peer.hear(presence(0, "Offline"), after(21), 21.0)
    assert state(all_of, 500, deaf=True) == "unknown"
    assert state(all_of, 501) == "offline"


def test_silence_counts_from_when_we_hear_again():
    _, all_of = heard(0)
    for moment in range(1, 600):
        state(all_of, moment, deaf=True)
    assert state(all_of, 600) == "online"
    assert state(all_of, 600 + SPAN * EVERY) == "online"
    assert state(all_of, 601 + SPAN * EVERY) == "silent"


def test_what_was_missed_while_deaf_is_no_habit():
    peer, all_of = heard(0, 15, 30)
    state(all_of, 31, deaf=True)
    state(all_of, 4000)
    all_of.hear(presence(4005), after(4005), 4005.0)
    assert list(peer.intervals) == [15.0, 15.0]
    all_of.hear(presence(4020), after(4020), 4020.0)
    assert list(peer.intervals) == [15.0, 15.0, 15.0]


# ---- clocks


@pytest.mark.parametrize("ahead", [-90.0, 0.0, 90.0])
def test_the_clock_of_a_hub_is_judged_by_its_fastest_word(ahead):
    peer = Peer()
    for number, delay in enumerate([2.0, 0.25, 8.0]):
        seconds = 15.0 * number
        peer.hear(presence(seconds + ahead), after(seconds + delay), seconds)
    assert peer.clock_offset == ahead - 0.25


def test_a_word_that_lay_on_the_broker_tells_nothing_about_clocks():
    peer = Peer()
    peer.hear(presence(0), after(9000), 0.0, retained=True)
    assert peer.clock_offset is None


# ---- capabilities

SETTINGS = Settings(
    hub=HUB,
    agency=[{"id": "cn-shanghai-fire"}, {"id": "cn-shanghai-med"}],
    inlet=[{"agency": "cn-shanghai-fire", "adapter": "cap", "folder": "in", "modes": ["Actual", "Exercise"]}],
    outlet=[
        {"agency": "cn-shanghai-fire", "adapter": "cap", "folder": "out", "kinds": ["*"], "agencies": ["*"], "modes": ["Actual"]},
        {"agency": "cn-shanghai-med", "adapter": "emsi", "folder": "med", "kinds": ["mission"], "agencies": ["*"], "modes": ["Actual", "Exercise"]},
    ],
)
ADAPTERS = {link.title: load(link.adapter)() for link in (*SETTINGS.inlet, *SETTINGS.outlet)}


def card(**more):
    return presence(
        agencies=("cn-shanghai-fire", "cn-shanghai-med"),
        produces=produced(SETTINGS.inlet, ADAPTERS),
        consumes=consumed(SETTINGS.outlet, ADAPTERS),
        **more,
    )


def sealed(to, record, mode="Actual"):
    (found,) = seal(Said(record, Says(mode=mode, recipients=to and (to,))), Terms(agency="cn-jiaxing-fire"), NOW)
    return found


ALERT = Alert(identifier="1", sender="x", sent=NOW, status="Actual", msg_type="Alert", scope="Public")
MISSION = Mission(mission_id="m", issuer="cn-jiaxing-fire", assignee="cn-shanghai-med", title="go", state="Issued")
RECEIPT = Receipt(message_id="1", recipient_id="x", stage="Delivered", at=NOW)


def test_capabilities_name_kind_format_versions_and_modes_of_each_agency():
    (sends,) = card().produces
    assert (sends.agency, sends.payload_type, sends.format, sends.modes) == (
        "cn-shanghai-fire",
        "regionbus.Alert",
        "application/cap+xml",
        ("Actual", "Exercise"),
    )
    assert sends.versions == versions("Alert")[:1]
    assert {(row.agency, row.payload_type) for row in card().consumes} == {
        ("cn-shanghai-fire", "regionbus.Alert"),
        ("cn-shanghai-med", "regionbus.Mission"),
    }


@pytest.mark.parametrize(
    ("to", "record", "mode", "code"),
    [
        ("cn-shanghai-fire", ALERT, "Actual", None),
        ("cn-shanghai-fire", ALERT, "Exercise", "withheld-mode"),
        ("cn-shanghai-fire", MISSION, "Actual", "withheld-kind"),
        ("cn-shanghai-med", ALERT, "Actual", "withheld-kind"),
        ("cn-shanghai-med", MISSION, "Exercise", None),
        ("cn-shanghai-med", MISSION, "Test", "withheld-mode"),
        ("cn-shanghai-med", RECEIPT, "Actual", None),
        ("cn-suzhou-fire", MISSION, "Test", None),
        ((), MISSION, "Test", None),
    ],
)
def test_what_an_agency_does_not_take_is_known_before_it_is_sent(to, record, mode, code):
    verdict = cannot_take([card()], sealed(to, record, mode))
    assert (verdict and verdict.code) == code
    assert verdict is None or to in verdict.en


def test_a_hub_that_says_nothing_of_what_it_takes_is_sent_everything():
    assert cannot_take([presence(agencies=("cn-shanghai-fire",))], sealed("cn-shanghai-fire", MISSION)) is None


def test_rows_without_an_agency_and_modes_are_for_all_agencies_and_the_modes_of_the_hub():
    said = presence(agencies=("cn-shanghai-fire",), consumes=(Speaks(payload_type="regionbus.Mission", versions=()),), accepts_modes=("Exercise",))
    assert cannot_take([said], sealed("cn-shanghai-fire", MISSION, "Exercise")) is None
    assert cannot_take([said], sealed("cn-shanghai-fire", MISSION)).code == "withheld-mode"


def test_what_can_be_taken_is_asked_of_all_that_is_known_also_of_the_absent():
    _, all_of = heard()
    letter = sealed("cn-shanghai-med", ALERT)
    assert all_of.cannot_take(letter) is None
    all_of.hear(card(state="Offline"), NOW, 0.0)
    assert all_of.cannot_take(letter).code == "withheld-kind"
