import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge import text
from bridge.errors import Malformed

RARE = "龦㼆𠮷"
MOVED = [
    *zip(("A6D9", "A6DA", "A6DB", "A6DC", "A6DD", "A6DE", "A6DF"), (0xFE10, 0xFE12, 0xFE11, 0xFE13, 0xFE14, 0xFE15, 0xFE16), strict=True),
    *zip(("A6EC", "A6ED", "A6F3"), (0xFE17, 0xFE18, 0xFE19), strict=True),
    *zip(("FE59", "FE61", "FE66", "FE67", "FE6D", "FE7E", "FE90", "FEA0"), range(0x9FB4, 0x9FBC), strict=True),
]


def nested(depth, inside=""):
    return ("[" * depth + inside + "]" * depth).encode()


def refusal(data, **options):
    with pytest.raises(Malformed) as caught:
        text.read_json(data, **options)
    return caught.value.code


def table(data, **options):
    return list(text.read_csv(data, **options))


def refused_table(data, **options):
    with pytest.raises(Malformed) as caught:
        table(data, **options)
    return caught.value


# ---- encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_or_utf8_needs_no_setting(encoding):
    assert text.decode(f"嘉兴 {RARE}".encode(encoding)) == f"嘉兴 {RARE}"


def test_utf16_is_read_in_either_byte_order():
    assert text.decode(b"\xfe\xff" + "嘉兴".encode("utf-16-be")) == "嘉兴"


@pytest.mark.parametrize("label", ["gb2312", "GB2312", "gbk", "GBK", "cp936", "gb18030", "GB18030"])
def test_a_label_of_the_gb_family_means_its_superset(label):
    assert text.decode(f"中 {RARE}".encode("gb18030"), label) == f"中 {RARE}"


@pytest.mark.parametrize("label", ["gb18030-2000", "ms936", "936", "gb2312-80", "euccn"])
def test_another_name_of_the_same_codec_means_the_same(label):
    assert text.decode(b"\xd6\xd0\xa6\xd9" + RARE.encode("gb18030"), label) == "中\ufe10" + RARE


def test_the_seven_bit_encoding_hz_is_not_taken_for_utf8():
    assert text.decode("中国".encode("hz"), "hz") == "中国"


def test_undeclared_gb18030_is_refused_where_no_encoding_is_set():
    with pytest.raises(Malformed, match="not utf-8") as caught:
        text.decode("中国".encode("gb18030"))
    assert caught.value.code == "encoding"


def test_utf8_wins_over_the_encoding_that_is_set():
    assert text.decode("中国".encode(), "gb18030") == "中国"


@pytest.mark.parametrize("encoding", ["gb18030", "shift_jis", "ascii", "no-such-encoding"])
def test_bytes_that_are_not_in_the_encoding_set_are_refused(encoding):
    with pytest.raises(Malformed, match=encoding):
        text.decode(b"\xd6\xff\xff", encoding)


def test_a_broken_text_behind_a_mark_does_not_fall_back():
    with pytest.raises(Malformed, match="not utf-16"):
        text.decode(b"\xff\xfea", "latin-1")


@pytest.mark.parametrize(("native", "point"), MOVED)
def test_gb18030_is_read_and_written_in_its_edition_of_2022(native, point):
    assert text.decode(b"\xd6\xd0" + bytes.fromhex(native), "gb18030") == "中" + chr(point)
    assert text.encode(chr(point), "gb18030") == bytes.fromhex(native)


def test_all_eighteen_characters_of_the_edition_of_2022_are_known():
    assert len(MOVED) == len(text.EDITION_2005) == len(text.EDITION_2022) == 18
    assert len(text.SWAPPED) == 36


def test_a_private_character_is_never_written_as_another():
    words = "中" + "".join(map(chr, text.EDITION_2005))
    assert text.decode(text.encode(words, "gb18030"), "gb18030") == words


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Co"])))
def test_what_is_written_in_gb18030_is_read_back(words):
    assert text.decode(text.encode(f"中{words}", "gb18030"), "gb18030") == f"中{words}"


@pytest.mark.parametrize(
    ("words", "encoding", "point"), [("café 中", "latin-1", "4E2D"), ("a\ud800", "utf-8", "D800"), ("a\ud800", "gb18030", "D800")]
)
def test_a_character_that_an_encoding_lacks_is_refused_by_its_number(words, encoding, point):
    with pytest.raises(Malformed, match=point) as caught:
        text.encode(words, encoding)
    assert caught.value.code == "character"


@pytest.mark.parametrize("reader", [text.read_json, table])
def test_what_is_too_large_is_refused_before_it_is_read(reader):
    with pytest.raises(Malformed) as caught:
        reader(b'"abc', limit=3)
    assert caught.value.code == "too-large"


def test_exactly_the_limit_is_read():
    assert text.read_json(b'"a"', limit=3) == "a"


# ---- JSON


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a": NaN}', "not-finite"),
        (b'{"a": Infinity}', "not-finite"),
        (b"[-Infinity]", "not-finite"),
        (b"1e999", "not-finite"),
        (b"[-1E+0400]", "not-finite"),
        (b"1" + b"0" * 400 + b".0", "not-finite"),
        (b"1" * 310 + b"e99", "not-finite"),
        (b"9" * 5000, "not-finite"),
        (b'{"a": 1, "b": 2, "a": 1}', "duplicate-key"),
        (b'[{"a": {"b": 1, "b": 2}}]', "duplicate-key"),
        (b'{"a": 1, "\\u0061": 2}', "duplicate-key"),
        (nested(101), "too-deep"),
        (nested(100_000), "too-deep"),
        (b'{"a":' * 100_000, "too-deep"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\uDC00": 1}', "surrogate"),
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"{} {}", "not-json"),
        (b"[1,]", "not-json"),
        (b"{'a': 1}", "not-json"),
        (b"callback({})", "not-json"),
        (b'"a\nb"', "not-json"),
        (b'"\xff"', "encoding"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_json_that_is_not_plain_and_bounded_is_refused(data, code):
    assert refusal(data) == code


@pytest.mark.parametrize("document", [nested(100), nested(100, "1"), b"[[]," + nested(99, "1") + b"]"], ids=["empty", "filled", "with a brother"])
def test_a_hundred_levels_are_not_too_deep(document):
    assert text.read_json(document) == json.loads(document)


def test_a_large_exponent_that_is_finite_is_read():
    assert text.read_json(b"[1e300, 1e-999, 2.5]") == [1e300, 0.0, 2.5]


def test_a_large_exponent_inside_text_is_only_text():
    assert text.read_json(b'"1e999"') == "1e999"


def test_a_pair_of_surrogates_is_one_character():
    assert text.read_json(b'"\\ud83d\\ude92"') == "🚒"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_behind_a_byte_order_mark_is_read(encoding):
    assert text.read_json('{"名": 1}'.encode(encoding)) == {"名": 1}


def test_undeclared_json_is_read_in_the_encoding_that_is_set():
    assert text.read_json('{"名": "嘉兴"}'.encode("gb18030"), encoding="gbk") == {"名": "嘉兴"}


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b'{"a": 1,\n "b" 2}', 2, 6), (b"{\n}x", 2, 2), (b"\n\n{x}", 3, 2)],
    ids=["inside", "behind the end", "behind blank lines"],
)
def test_a_fault_in_json_is_found_at_its_line_and_column(data, line, column):
    with pytest.raises(Malformed, match=f"line {line}, column {column}:"):
        text.read_json(data)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_json_that_is_written_is_read_back(value):
    assert text.read_json(text.write_json(value)) == value


def test_json_is_written_compactly_and_legibly():
    assert text.write_json({"名": ["嘉兴", 1]}) == '{"名":["嘉兴",1]}'.encode()


def test_json_is_written_in_the_encoding_that_is_set():
    assert text.write_json("嘉兴", "gbk") == '"嘉兴"'.encode("gb18030")


# ---- CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_row_by_row_with_its_lines(encoding):
    assert table("编号,名\r\n1,泵车\r\n2,云梯\r\n".encode(encoding)) == [(2, {"编号": "1", "名": "泵车"}), (3, {"编号": "2", "名": "云梯"})]


def test_a_new_line_in_quotes_belongs_to_its_field():
    assert table(b'a,b\n"x\ny ""z""",2\n3,4\n') == [(3, {"a": 'x\ny "z"', "b": "2"}), (4, {"a": "3", "b": "4"})]


@pytest.mark.parametrize(("row", "found"), [(b"1", 1), (b"1,2,3", 3)])
def test_a_row_that_does_not_fit_its_header_is_refused_alone(row, found):
    before, bad, after = table(b"a,b\n0,0\n" + row + b"\n9,9\n")
    assert (before, after) == ((2, {"a": "0", "b": "0"}), (4, {"a": "9", "b": "9"}))
    assert str(bad[1]) == f"line 3 has {found} fields, the header 2"
    assert bad[1].at == "line 3"


def test_a_column_named_twice_is_refused():
    assert refused_table(b"a,b,a\n1,2,3\n").details == {"name": "a"}


def test_blanks_around_the_name_of_a_column_do_not_belong_to_it():
    assert table(b"a , b\n1,2\n") == [(2, {"a": "1", "b": "2"})]


def test_the_columns_of_a_table_without_header_are_known_beforehand():
    assert table(b"1;2\n3;4\n", columns=("a", "b"), delimiter=";") == [(1, {"a": "1", "b": "2"}), (2, {"a": "3", "b": "4"})]


@pytest.mark.parametrize("blank", [b"", b"  ", b","])
def test_a_blank_line_is_no_row(blank):
    assert table(b"\n" + blank + b"\na,b\n" + blank + b"\n1,2\n" + blank + b"\n") == [(5, {"a": "1", "b": "2"})]


def test_a_table_of_nothing_but_a_header_says_nothing():
    assert table(b"a,b\n") == []


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_table_without_anything_is_refused(data):
    assert refused_table(data).code == "empty"


def test_a_nul_cuts_nothing_off():
    assert table(b"a,b\nx\x00y,2\n") == [(2, {"a": "x\x00y", "b": "2"})]


@pytest.mark.parametrize(
    "data", [b'a,b\n1,"2\n', b'a,b\n1,"2"3\n', b'a\n"' + b"x" * (text.CELL + 1) + b'"\n'], ids=["open", "closed too early", "endless"]
)
def test_a_field_whose_quotes_do_not_fit_is_refused(data):
    assert refused_table(data).code == "not-csv"


def test_more_rows_than_any_message_has_are_refused(monkeypatch):
    monkeypatch.setattr(text, "ROWS", 2)
    assert len(table(b"a\n1\n2\n")) == 2
    assert refused_table(b"a\n1\n2\n3\n").code == "too-many"


def test_undeclared_csv_is_read_in_the_encoding_that_is_set():
    assert table("名\n嘉兴\n".encode("gb18030"), encoding="gb2312") == [(2, {"名": "嘉兴"})]


@pytest.mark.parametrize("formula", ["=cmd()", "+SUM(A1)", "-x", "@a", "\t=1", "\r=1", "'=1"])
def test_a_formula_is_written_as_text(formula):
    assert text.guard(formula) == f"'{formula}"


@pytest.mark.parametrize("plain", ["", "-1.5", "+86,573", "-3e5", "12%", "泵车", "a=b"])
def test_what_no_spreadsheet_would_run_is_written_as_it_is(plain):
    assert text.guard(plain) == plain


@given(st.text(st.sampled_from("=+-@\t\r'1.e%a ,") | st.characters(codec="utf-8")))
def test_guarding_against_formulas_is_invertible(cell):
    assert text.unguard(text.guard(cell)) == cell


FIELD = st.text(st.sampled_from("=-+@'\"\r\n,; 1") | st.characters(codec="utf-8"), max_size=8)


@given(st.lists(st.tuples(FIELD, FIELD.filter(str.strip)), max_size=4), st.sampled_from(",;\t|"))
def test_a_table_that_is_written_is_read_back(rows, delimiter):
    said = [{"a": one, "b": other} for one, other in rows]
    data = text.write_csv(said, ("a", "b"), delimiter=delimiter)
    assert [row for _, row in table(data, delimiter=delimiter)] == said


def test_a_table_is_written_with_the_line_ends_of_the_standard():
    assert text.write_csv([{"b": "=1"}], ("a", "b")) == b"a,b\r\n,'=1\r\n"


def test_a_table_can_be_written_without_its_header():
    assert text.write_csv([{"a": "1"}], ("a",), header=False) == b"1\r\n"


@pytest.mark.parametrize(("value", "cell"), [("x", "x"), (1.5, "1.5"), (True, "true"), ([1, "中"], '[1, "中"]')])
def test_a_native_value_becomes_a_cell(value, cell):
    assert text.cell(value) == cell


@pytest.mark.parametrize(
    ("media_type", "ending"),
    [
        ("application/json", "json"),
        ("application/geo+json", "geojson"),
        ("application/vnd.x+json", "json"),
        ("text/csv", "csv"),
        ("application/cap+xml", "xml"),
        ("text/xml", "xml"),
        ("application/octet-stream", "bin"),
    ],
)
def test_a_file_is_named_for_its_media_type(media_type, ending):
    assert text.extension(media_type) == ending
