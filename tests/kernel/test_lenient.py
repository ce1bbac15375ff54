import hashlib
from datetime import UTC, datetime

import pytest

from bridge import xml
from bridge.errors import Invalid, Malformed
from bridge.lenient import INLINE, Lenient, like

ORDER = ("identifier", "sent", "status", "code", "note")
STATUS = ("Actual", "Exercise", "Test")


def reading(document, **options):
    """A reading, and the parts of this document in it."""
    found = Lenient("cap", **options)
    return found, found.parts(xml.parse(document.encode()), "", ORDER)


def refused(call, *args):
    with pytest.raises(Invalid) as caught:
        call(*args)
    return caught.value.code, caught.value.at


# ---- parts


def test_the_parts_of_an_element_are_known_by_name():
    found, parts = reading("<a><identifier>1</identifier><code>x</code><code>y</code></a>")
    assert {name: [each.text for each in elements] for name, elements in parts.items()} == {"identifier": ["1"], "code": ["x", "y"]}
    assert (found.deviations, found.extensions) == ([], {})


def test_disorder_is_named_and_read():
    found, parts = reading("<a><status>Test</status><identifier>1</identifier></a>")
    assert set(parts) == {"status", "identifier"}
    assert found.deviations == ["identifier: out of order"]


def test_what_the_standard_does_not_know_is_named_and_kept():
    found, _ = reading("<a><colour>red</colour></a>")
    assert found.deviations == ["colour: not in the standard here"]
    assert found.extensions == {"cap:colour": "red"}


def test_what_is_of_another_namespace_is_kept_and_no_fault():
    found, _ = reading('<a xmlns="urn:x" xmlns:n="urn:y"><n:sign>s</n:sign></a>')
    assert (found.deviations, found.extensions) == ([], {"cap:sign": "s"})


def test_a_name_known_here_does_not_count_in_another_namespace():
    found, parts = reading('<a xmlns="urn:x" xmlns:n="urn:y"><n:status>Test</n:status></a>')
    assert (parts, found.extensions) == ({}, {"cap:status": "Test"})


def test_an_element_with_elements_in_it_is_kept_whole():
    found, _ = reading("<a><x y='1'><z>2</z></x></a>")
    assert found.extensions == {"cap:x": '<x y="1"><z>2</z></x>'}


def test_what_is_strange_twice_is_kept_twice():
    found, _ = reading("<a><x>1</x><x>2</x><x>3</x></a>")
    assert found.extensions == {"cap:x": "1", "cap:x/1": "2", "cap:x/2": "3"}


def test_a_name_that_begins_another_name_is_not_taken_for_it():
    found, _ = reading("<a><colours>1</colours><colour>2</colour></a>")
    assert found.extensions == {"cap:colours": "1", "cap:colour": "2"}


def test_what_is_too_large_to_keep_is_named_by_its_digest():
    words = "x" * (INLINE + 1)
    found, _ = reading(f"<a><x>{words}</x></a>")
    assert found.extensions == {}
    assert found.deviations[-1] == f"x: {INLINE + 1} characters left out, SHA-256 {hashlib.sha256(words.encode()).hexdigest()}"


# ---- text and words


@pytest.mark.parametrize(
    ("document", "text"), [("<a><note> x </note></a>", " x "), ("<a><note> \n</note></a>", None), ("<a><note/></a>", None), ("<a/>", None)]
)
def test_text_stands_as_it_is_and_blanks_say_nothing(document, text):
    found, parts = reading(document)
    assert found.text(parts, "note", "") == text
    assert found.deviations == []


def test_text_given_twice_is_named_and_kept():
    found, parts = reading("<a><note>x</note><note>y</note></a>")
    assert found.text(parts, "note", "") == "x"
    assert (found.deviations, found.extensions) == (["note: given more than once"], {"cap:note/1": "y"})


def test_text_with_elements_inside_is_named_and_kept():
    found, parts = reading("<a><note>x <b>y</b> z</note></a>")
    assert found.text(parts, "note", "") == "x "
    assert (found.deviations, found.extensions) == (["note: elements inside"], {"cap:note": "<note>x <b>y</b> z</note>"})


def test_blanks_around_a_word_do_not_belong_to_it():
    found, parts = reading("<a><note> x </note></a>")
    assert found.word(parts, "note", "") == "x"
    assert found.deviations == ["note: blanks around it"]


@pytest.mark.parametrize(
    ("document", "code"), [("<a/>", "missing"), ("<a><identifier/></a>", "empty"), ("<a><identifier> </identifier></a>", "empty")]
)
def test_what_a_message_cannot_do_without_is_demanded(document, code):
    found, parts = reading(document, prefix="alert/2/")
    assert refused(found.must, parts, "identifier", "info/0/") == (code, "alert/2/info/0/identifier")


# ---- words of a list


@pytest.mark.parametrize(
    ("document", "word", "deviations", "extensions"),
    [
        ("<a><status>Test</status></a>", "Test", [], {}),
        ("<a><status>TEST</status></a>", "Test", ["status: 'TEST' is not in the list"], {}),
        ("<a><status>Trial</status></a>", "Unknown", ["status: 'Trial' is not in the list"], {"cap:status": "Trial"}),
        ("<a/>", "Unknown", ["status: missing"], {}),
    ],
)
def test_a_strange_word_is_unknown_named_and_kept(document, word, deviations, extensions):
    found, parts = reading(document)
    assert found.symbol(parts, "status", "", STATUS) == word
    assert (found.deviations, found.extensions) == (deviations, extensions)


def test_a_word_that_is_there_and_empty_is_refused():
    found, parts = reading("<a><status/></a>")
    assert refused(found.symbol, parts, "status", "", STATUS) == ("empty", "status")


def test_strange_words_among_several_are_kept_aside():
    found, parts = reading("<a><code>Test</code><code>test</code><code>Trial</code><code/></a>")
    assert found.symbols(parts, "code", "", STATUS) == ("Test", "Test")
    assert found.deviations == ["code/1: 'test' is not in the list", "code/2: 'Trial' is not in the list", "code/3: '' is not in the list"]
    assert found.extensions == {"cap:code/2": "Trial"}


def test_a_strange_word_is_refused_where_nobody_would_know_how_to_take_it():
    found, parts = reading("<a><status>Trial</status></a>")
    assert refused(found.listed, parts, "status", "", STATUS) == ("not-in-list", "status")
    assert refused(found.listed, {}, "status", "", STATUS) == ("missing", "status")


def test_a_word_in_another_case_is_taken_and_named():
    found, parts = reading("<a><status>actual</status></a>")
    assert found.listed(parts, "status", "", STATUS) == "Actual"
    assert found.deviations == ["status: 'actual' is not in the list"]


@pytest.mark.parametrize(("word", "meant"), [("Test", "Test"), ("tEST", "Test"), ("Tes", None), ("", None)])
def test_the_word_that_is_meant_differs_in_case_only(word, meant):
    assert like(word, STATUS) == meant


# ---- times


@pytest.mark.parametrize(
    ("words", "deviations"), [("2026-07-01T12:00:00+08:00", []), ("2026-07-01T12:00:00", ["sent: no offset, Asia/Shanghai assumed"])]
)
def test_a_time_without_an_offset_is_named(words, deviations):
    found, parts = reading(f"<a><sent>{words}</sent></a>", zone="Asia/Shanghai")
    assert found.time(parts, "sent", "") == datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
    assert found.deviations == deviations


def test_a_time_may_be_silent():
    found, parts = reading("<a><sent/></a>")
    assert found.time(parts, "sent", "") is None


def test_a_time_that_is_none_is_refused_at_its_whole_place():
    found, parts = reading("<a><sent>soon</sent></a>", prefix="alert/1/")
    with pytest.raises(Malformed) as caught:
        found.time(parts, "sent", "info/0/")
    assert caught.value.at == "alert/1/info/0/sent"


def test_a_deviation_is_found_in_a_document_of_several_messages():
    found, _ = reading("<a><x/></a>", prefix="alert/1/")
    assert found.deviations == ["alert/1/x: not in the standard here"]
