from collections import Counter

from bridge.chaos.checker import Held, judge, unbounded
from bridge.chaos.recovery import Recovery, Span, played, recoveries, spans
from bridge.chaos.schedule import Fault
from bridge.chaos.tally import Partner, Tally
from bridge.links.feed import MEMORY

FINE = Counter(owed=2, delivered=2)


def tally(*came, kinds="a"):
    partner = Partner(kinds)
    for word, version, message_id in came:
        partner.take(word, version, message_id)
    found = Tally(partners={"region": partner})
    found.accept("a-1", "a-2")
    return found


def held(*waiting, **stages):
    return Held({"cn-chaos-region": Counter(stages)}, {"region": set(waiting)})


def test_all_is_well_when_every_word_came_once():
    findings = judge(tally(("a-1", None, "x"), ("a-2", None, "y")), held(**FINE))
    assert findings.wrong == []
    assert (findings.accepted, findings.delivered, findings.absorbed) == (2, 2, 0)


def test_what_the_ledger_still_holds_is_waiting_and_not_lost():
    assert judge(tally(("a-1", None, "x")), held("a-2", owed=2, delivered=1, waiting=1)).wrong == ["waiting"]


def test_what_waits_for_the_bus_waits_for_every_partner():
    found = Held({"cn-chaos-region": Counter(owed=1, delivered=1)}, {"bus": {"a-2"}})
    assert judge(tally(("a-1", None, "x")), found).waiting == ["region: a-2"]


def test_what_nobody_holds_is_lost():
    findings = judge(tally(("a-1", None, "x")), held(owed=1, delivered=1))
    assert (findings.wrong, findings.lost) == (["lost"], ["region: a-2"])


def test_the_same_message_again_is_absorbed_and_another_message_is_a_double():
    findings = judge(tally(("a-1", None, "x"), ("a-1", None, "x"), ("a-2", None, "y")), held(**FINE))
    assert (findings.wrong, findings.absorbed) == ([], 1)
    findings = judge(tally(("a-1", None, "x"), ("a-1", None, "z"), ("a-2", None, "y")), held(owed=3, delivered=3))
    assert (findings.wrong, findings.doubled) == (["doubled"], ["region: a-1"])


def test_what_a_partner_may_not_have_is_not_missed():
    assert judge(tally(kinds="r"), held()).wrong == []


def test_of_a_series_the_newest_must_come_and_none_may_come_backwards():
    found = tally(("s-1", 1, "x"), ("s-1", 3, "y"), kinds="s")
    found.newest["s-1"] = 3
    assert judge(found, held(**FINE)).wrong == []
    found.partners["region"].take("s-1", 2, "z")
    findings = judge(found, held(owed=3, delivered=3))
    assert (findings.wrong, findings.lost) == (["lost", "backwards"], ["region: s-1"])


def test_a_sum_that_does_not_add_up_is_named():
    arrived = tally(("a-1", None, "x"), ("a-2", None, "y"))
    assert judge(arrived, held(owed=3, delivered=2)).wrong == ["unsummed"]
    assert judge(arrived, held(owed=3, delivered=3)).wrong == ["unsummed"]  # one was settled that never came


def test_a_feed_may_hold_its_bound_and_not_much_more():
    assert unbounded(MEMORY) == 0
    assert unbounded(2 * MEMORY) == 2 * MEMORY


def test_a_partner_that_may_not_have_a_letter_has_all_that_it_may_have():
    found = tally(("a-1", None, "x"), ("a-2", None, "y"))
    found.accept("r-3")
    assert judge(found, held(**FINE)).wrong == []
    assert (found.behind("region"), found.total) == (0, 3)


def passed(monkeypatch, *pairs):
    """A tally of words accepted and come at these moments, at one partner that faults aim at and one that they leave alone."""
    found = Tally(partners={"region": Partner("a"), "map": Partner("a")})
    for place, (accepted, region, other) in enumerate(pairs, 1):
        for name, at in (("region", region), ("map", other)):
            monkeypatch.setattr("time.monotonic", lambda at=at: at)
            found.partners[name].take(f"a-{place}", None, f"{name}-{place}")
        monkeypatch.setattr("time.monotonic", lambda accepted=accepted: accepted)
        found.accept(f"a-{place}")
    return found


def test_recovery_ends_when_something_accepted_later_has_come(monkeypatch):
    found = passed(monkeypatch, (10.0, 30.0, 30.0), (12.0, 13.0, 12.5))
    assert recoveries([Span(8.0, 9.0, False, "x")], found) == [Recovery(3.5, "x")]
    assert recoveries([Span(10.0, 12.2, False, "x")], found) == [Recovery(float("inf"), "x")]


def test_a_partner_that_was_hurt_must_itself_hear_again(monkeypatch):
    found = passed(monkeypatch, (12.0, 20.0, 12.5))
    assert recoveries([Span(10.0, 11.0, True, "x")], found) == [Recovery(9.0, "x")]


def test_recovery_begins_anew_at_the_last_fault_that_struck_into_it(monkeypatch):
    found = passed(monkeypatch, (12.0, 12.5, 12.5), (22.0, 23.0, 23.0))
    slow, quick = Span(13.0, 14.0, False, "x"), Span(8.0, 9.0, False, "w")
    assert recoveries([quick, slow, Span(20.0, 21.0, False, "y")], found) == [Recovery(2.0, "x / y", 1), Recovery(3.5, "w")]


def test_bursts_are_taken_as_they_were_and_not_as_they_were_planned():
    late, following = Fault(1.0, 0.0, "bridge-crash"), Fault(4.5, 0.5, "partner-dead")
    assert spans(played({late: 104.0, following: 105.0}, 100.0), 100.0) == [Span(101.0, 105.0, True, "bridge-crash+partner-dead")]
    assert len(spans(played({late: 101.5, following: 105.0}, 100.0), 100.0)) == 2
