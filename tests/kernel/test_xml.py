import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import xml
from bridge.errors import Invalid, Malformed

LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
DECLARED = '<?xml version="1.0" encoding="{}"?><a>{}</a>'


def read(data, **options):
    return xml.tree(xml.parse(data, **options))


def refusal(data, **options):
    with pytest.raises(Malformed) as caught:
        xml.parse(data, **options)
    return caught.value.code


@pytest.mark.parametrize(
    "document",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>before &x; behind</a>',
        '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>',
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "default">]><a/>',
        '<?xml version="1.0" encoding="GBK"?><!DOCTYPE a><a/>',
        '\n<?xml version="1.0"?><!DOCTYPE a><a/>',
    ],
)
def test_a_document_type_is_refused(document):
    assert refusal(document.encode()) == "doctype"


def test_a_document_type_is_refused_in_every_encoding():
    assert refusal("<!DOCTYPE a><a>嘉兴</a>".encode("gb18030"), fallback="gb18030") == "doctype"
    assert refusal('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16")) == "doctype"


def test_an_entity_that_nobody_declared_is_refused():
    assert refusal(b"<a>before &x; behind</a>") == "not-xml"


def test_comments_and_instructions_do_not_cut_text():
    assert read(b"<a>half<!-- c --> of<?p q?> it</a>") == "half of it"


def test_character_data_is_text():
    assert read(b"<a>1 <![CDATA[<b> & 2]]></a>") == "1 <b> & 2"


@pytest.mark.parametrize("before", [b"\n \t\r\n", b"\xef\xbb\xbf", b" \n\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_what_stands_before_the_declaration_does_no_harm(before):
    assert read(before + '<?xml version="1.0" encoding="UTF-8"?><a>嘉兴</a>'.encode()) == "嘉兴"


@pytest.mark.parametrize("label", ["GB2312", "gbk", "GB18030", "cp936", "gb_2312-80"])
def test_a_declared_label_of_the_gb_family_means_its_superset(label):
    assert read(DECLARED.format(label, "嘉兴龦㼆𠮷").encode("gb18030")) == "嘉兴龦㼆𠮷"


def test_gb18030_is_read_in_its_edition_of_2022():
    assert read(b'<?xml version="1.0" encoding="GB18030"?><a>\xd6\xd0\xa6\xd9</a>') == "中\ufe10"


@pytest.mark.parametrize("label", ["GB2312", "GBK", "UTF-8"])
def test_a_document_is_read_although_its_label_is_wrong_in_the_usual_ways(label):
    assert read(DECLARED.format(label, "嘉兴").encode("utf-8"), fallback="gb18030") == "嘉兴"
    assert read(DECLARED.format(label, "嘉兴").encode("gb18030"), fallback="gb18030") == "嘉兴"


def test_undeclared_gb18030_is_read_by_the_fallback_only():
    data = "<a>嘉兴</a>".encode("gb18030")
    assert read(data, fallback="gb18030") == "嘉兴"
    assert refusal(data) == "not-xml"


def test_a_fallback_that_does_not_fit_is_refused():
    assert refusal(b"<a>\xff\xff</a>", fallback="gb18030") == "encoding"


@pytest.mark.parametrize(
    ("label", "encoding", "words"),
    [
        ("UTF-16", "utf-16", "嘉兴"),
        ("ISO-8859-1", "latin-1", "café"),
        ("windows-1251", "cp1251", "пожар"),
        ("Big5", "big5", "嘉興"),
        ("Shift_JIS", "cp932", "火災"),
    ],
)
def test_other_declared_encodings_are_read(label, encoding, words):
    assert read(DECLARED.format(label, words).encode(encoding)) == words


def test_an_encoding_that_nobody_knows_is_refused():
    assert refusal(DECLARED.format("x-none", "1").encode()) == "not-xml"
    assert refusal(DECLARED.format("x-none", "嘉兴").encode("gb18030"), fallback="gb18030") == "not-xml"


@pytest.mark.parametrize("depth", [300, 100_000])
def test_a_document_of_endless_depth_is_refused(depth):
    assert refusal(b"<a>" * depth + b"</a>" * depth) == "not-xml"


def test_what_is_too_large_is_refused_before_it_is_read():
    assert refusal(b"<a>", limit=2) == "too-large"


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf \n"])
def test_nothing_is_refused(data):
    assert refusal(data) == "empty"


@pytest.mark.parametrize("data", [b"{}", b"<a>", b"<a/><b/>", b"<a/>x", b"<a>\x01</a>", b"<a>&#1;</a>", b"<a b=1/>", b"<a b='1' b='2'/>", b"<x:a/>"])
def test_what_is_not_well_formed_is_refused(data):
    assert refusal(data) == "not-xml"


def test_a_fault_is_found_at_its_line():
    with pytest.raises(Malformed, match="at line 3:"):
        xml.parse(b"<a>\n<b>\n</c></a>")


# ---- the tree


def test_an_element_is_seen_by_its_local_names():
    data = b"<n:a xmlns:n='urn:x' id='7'><n:b>1</n:b><n:b k='v'>2</n:b><c/><d><e>3</e></d></n:a>"
    assert read(data) == {"@id": "7", "b": ["1", {"@k": "v", "#text": "2"}], "c": "", "d": {"e": "3"}}


@pytest.mark.parametrize(("document", "space", "before"), [("<a xmlns='urn:x'/>", "urn:x", "{urn:x}"), ("<a/>", "", "")])
def test_the_namespace_of_an_element_is_known(document, space, before):
    root = xml.parse(document.encode())
    assert (xml.name(root), xml.namespace(root), xml.space(root)) == ("a", space, before)


NAME = st.sampled_from(["a", "b", "c-1", "名"])
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff") | st.sampled_from("\n\t\r"), max_size=8
)
NODES = st.recursive(
    WORDS,
    lambda inner: st.dictionaries(NAME, inner | st.lists(inner, min_size=2, max_size=3), min_size=1, max_size=3).flatmap(
        lambda node: st.dictionaries(NAME.map("@{}".format), WORDS, max_size=2).map(lambda attributes: {**attributes, **node})
    ),
    max_leaves=8,
)


@given(st.dictionaries(NAME, NODES, min_size=1, max_size=3), st.sampled_from(["", "urn:x"]))
def test_a_tree_that_is_grown_and_written_is_read_back(node, space):
    assert read(xml.write(xml.grown("root", node, space))) == node


def test_text_beside_attributes_is_read_back():
    node = {"v": {"@unit": "m", "#text": "3.5"}}
    assert read(xml.write(xml.grown("root", node))) == node


def test_a_tree_is_written_in_one_namespace_that_needs_no_prefix():
    assert b'<root xmlns="urn:x"><a>1</a></root>' in xml.write(xml.grown("root", {"a": 1}, "urn:x"))


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff"], ids=ascii)
@pytest.mark.parametrize("node", ["a", "@a", "#text"])
def test_a_character_that_xml_cannot_hold_is_refused_at_its_place(character, node):
    with pytest.raises(Invalid, match=f"{node} holds the character U\\+{ord(character):04X}") as caught:
        xml.grown("root", {node: f"x{character}y"})
    assert caught.value.code == "character"


def test_a_carriage_return_survives():
    assert read(xml.write(xml.grown("root", {"a": "x\r\ny"}))) == {"a": "x\r\ny"}


@pytest.mark.parametrize(("value", "words"), [(True, "true"), (False, "false"), (1.5, "1.5"), (0, "0")])
def test_a_native_value_is_written_as_schemas_spell_it(value, words):
    assert xml.words(value, "a") == words


def test_a_document_can_be_built_by_hand():
    root = xml.root("alert", "urn:x")
    xml.add(xml.add(root, "info", None, "urn:x"), "event", "火灾 & 烟", "urn:x")
    assert xml.write(root).startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert read(xml.write(root)) == {"info": {"event": "火灾 & 烟"}}


def test_an_element_can_be_kept_whole_without_what_follows_it():
    root = xml.parse(b"<a><b c='1'>x<d/></b>tail</a>")
    assert xml.outer(root[0]) == '<b c="1">x<d/></b>'
