import pytest

from bridge.errors import AdapterFault, ConfigError, Invalid, Malformed, RegionbusError, Rejected, Unavailable, Unsupported, Verdict


@pytest.mark.parametrize(("error", "turn"), [(Malformed, "sender"), (Invalid, "sender"), (Unsupported, "format"), (AdapterFault, "us")])
def test_an_error_says_whose_turn_it_is(error, turn):
    found = error("missing", "warnId")
    assert (found.turn, found.verdict.turn, found.verdict.error) == (turn, turn, error.__name__)


def test_a_verdict_is_one_sentence_in_two_languages():
    found = Malformed("not-json", "", line=2, column=7, reason="x").verdict
    assert found == Verdict(error="Malformed", code="not-json", at="", en="not JSON at line 2, column 7: x", zh="第 2 行第 7 列不是合法的 JSON：x")
    assert str(found) == found.en


def test_a_verdict_can_be_stored_and_shown_again():
    found = Invalid("not-in-list", "status", value="x", allowed="a, b").verdict
    assert Verdict.model_validate_json(found.model_dump_json()) == found


def test_an_error_reads_as_its_english_sentence():
    assert str(Malformed("missing", "warnId")) == "warnId is missing"


def test_a_place_that_is_not_known_is_a_dash():
    assert str(Malformed("missing")) == "- is missing"


def test_a_partners_own_sentence_stands_as_it_is():
    found = Invalid("the duty officer is {not} named", "officer").verdict
    assert found.en == found.zh == "the duty officer is {not} named"


def test_what_a_sender_wrote_cannot_break_a_sentence():
    found = Invalid("not-a-number", "a{b}", value="{0}\x1b[31m\n" + "9" * 500)
    assert str(found).startswith("a{b} is '{0}\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}999")
    assert len(str(found)) < 200


def test_the_other_side_may_name_a_time_to_come_again():
    assert (Unavailable("busy", 3.5).retry_after, Unavailable("busy").retry_after, str(Unavailable("busy"))) == (3.5, None, "busy")


@pytest.mark.parametrize("error", [ConfigError("x"), Unavailable("x"), Malformed("x")])
def test_everything_raised_on_purpose_has_one_name(error):
    assert isinstance(error, RegionbusError)


@pytest.mark.parametrize("error", [ConfigError("x"), Unavailable("x")])
def test_only_a_message_can_be_rejected(error):
    assert not isinstance(error, Rejected)
