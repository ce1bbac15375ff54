"""Which messages may be under way to a recipient at once."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.links.outlet import abreast
from bridge.records import Envelope

SUBJECTS = st.lists(st.sampled_from("abcdef"), max_size=20)


def letters(subjects):
    return [(number, Envelope.trusted(agency="cn-a", kind="incident", subject=subject)) for number, subject in enumerate(subjects)]


@given(SUBJECTS, st.integers(1, 5))
def test_every_message_goes_once_and_in_order(subjects, width):
    assert [letter for group in abreast(letters(subjects), width) for letter in group] == letters(subjects)


@given(SUBJECTS, st.integers(1, 5))
def test_no_two_of_one_subject_go_at_once_and_never_more_than_the_way_takes(subjects, width):
    for group in abreast(letters(subjects), width):
        assert len({envelope.subject for _, envelope in group}) == len(group) <= width


def test_the_way_is_filled():
    assert [len(group) for group in abreast(letters("abcdefg"), 3)] == [3, 3, 1]
