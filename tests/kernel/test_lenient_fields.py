"""Elements read by a table, in one go."""

from bridge import xml
from bridge.lenient import Field, Lenient, table

ORDER = {
    "name": Field("name", Lenient.clean),
    "note": Field("words"),
    "code": Field("codes", lambda _, element, at: (at, element.text), many=True),
}


def fields(document):
    found, root = Lenient("cap"), xml.parse(document.encode())
    return found.fields(root, "info/", table(ORDER, xml.space(root))), found


def test_each_field_is_found_under_its_shared_name():
    said, found = fields('<a xmlns="urn:x"><name>n</name><note> x </note><code>1</code><code>2</code></a>')
    assert said == {"name": "n", "words": " x ", "codes": [("info/code/0", "1"), ("info/code/1", "2")]}
    assert (found.deviations, found.extensions) == ([], {})


def test_a_blank_text_says_nothing_but_is_there():
    assert fields("<a><name> </name><note/></a>")[0] == {"name": None, "words": None}


def test_disorder_and_blanks_are_named():
    said, found = fields("<a><note>x</note><name> n </name></a>")
    assert said == {"name": "n", "words": "x"}
    assert found.deviations == ["info/name: out of order", "info/name: blanks around it"]


def test_what_is_given_again_is_named_and_kept():
    said, found = fields("<a><note>x</note><note>y</note><note>z</note></a>")
    assert said == {"words": "x"}
    assert (found.deviations, found.extensions) == (["info/note: given more than once"] * 2, {"cap:info/note/1": "y", "cap:info/note/2": "z"})


def test_elements_inside_a_text_are_named_and_kept():
    said, found = fields("<a><note>x <b>y</b></note></a>")
    assert said == {"words": "x "}
    assert (found.deviations, found.extensions) == (["info/note: elements inside"], {"cap:info/note": "<note>x <b>y</b></note>"})


def test_what_is_not_in_the_table_is_named_and_kept():
    said, found = fields("<a><colour>red</colour></a>")
    assert said == {}
    assert (found.deviations, found.extensions) == (["info/colour: not in the standard here"], {"cap:info/colour": "red"})
