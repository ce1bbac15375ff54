import ast
import re
import string

import pytest

from bridge.texts import SHOWN, catalogue, harmless, language, text

ENTRIES = catalogue()
REJECTED = {"AdapterFault", "Invalid", "Malformed", "Unsupported"}
LEVELS = {"debug", "error", "exception", "info", "warning"}


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


# ---- the catalogue


@pytest.mark.parametrize("code", ENTRIES)
def test_every_sentence_stands_in_both_languages(code):
    assert ENTRIES[code].keys() == {"en", "zh"}
    assert all(sentence.strip() == sentence != "" for sentence in ENTRIES[code].values())


@pytest.mark.parametrize("code", ENTRIES)
def test_both_languages_say_the_same_things(code):
    assert placeholders(ENTRIES[code]["en"]) == placeholders(ENTRIES[code]["zh"])


@pytest.mark.parametrize("code", [code for code, entry in ENTRIES.items() if re.search("[a-z]", re.sub("{.*?}", "", entry["en"]))])
def test_a_chinese_sentence_is_chinese(code):
    assert any("\u4e00" <= char <= "\u9fff" for char in ENTRIES[code]["zh"])
    assert not any("\u4e00" <= char <= "\u9fff" for char in ENTRIES[code]["en"])


# ---- the codes in the source


def codes(node):
    """The codes that an expression may name; a part of an f-string counts for nothing."""
    match node:
        case ast.Constant(value=str(code)):
            yield code
        case ast.IfExp(body=one, orelse=other):
            yield from codes(one)
            yield from codes(other)


def uses(tree):
    """Every sentence that the source asks for: its line, its code and the names it hands over, nothing if it hands over any."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
        given = None if any(each.arg is None for each in call.keywords) else {each.arg for each in call.keywords}
        match call.func:
            case ast.Name(id=name) if name in REJECTED:
                found, given = codes(call.args[0]), None if given is None else given | {"at"}
            case ast.Name(id="text"):
                found = codes(call.args[0])
            case ast.Attribute(value=ast.Name(id="log"), attr=name) if name in LEVELS:
                found = (f"log-{code}" for code in codes(call.args[0]))
            case _:
                continue
        yield from ((call.lineno, code, given) for code in found)


def source(root):
    for folder in ("bridge", "adapters"):
        for path in sorted((root / folder).rglob("*.py")):
            for line, code, given in uses(ast.parse(path.read_text("utf-8"))):
                yield f"{path.relative_to(root)}:{line}: {code}", code, given


def test_every_code_in_the_source_is_in_the_catalogue(root):
    found = list(source(root))
    assert len(found) > 100
    assert [where for where, code, _ in found if code not in ENTRIES and " " not in code] == []


def test_every_sentence_is_handed_all_that_it_names(root):
    wanting = [
        f"{where} wants {', '.join(sorted(missing))}"
        for where, code, given in source(root)
        if code in ENTRIES and given is not None and (missing := placeholders(ENTRIES[code]["en"]) | placeholders(ENTRIES[code]["zh"])) - given
    ]
    assert wanting == []


def test_the_search_finds_every_way_to_name_a_code():
    written = 'Malformed("a", at, x=1)\nInvalid("b" if y else "c")\ntext("d", **more)\nlog.warning("e", z=1)\ntext(f"f-{x}")\nother("g")'
    assert list(uses(ast.parse(written))) == [(1, "a", {"at", "x"}), (2, "b", {"at"}), (2, "c", {"at"}), (3, "d", None), (4, "log-e", {"z"})]


# ---- the language


@pytest.mark.parametrize(
    ("variables", "lang"),
    [
        ({"REGIONBUS_LANG": "zh"}, "zh"),
        ({"REGIONBUS_LANG": "zh_CN.UTF-8"}, "zh"),
        ({"REGIONBUS_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_operator_chooses_the_language(monkeypatch, variables, lang):
    for name in ("REGIONBUS_LANG", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language() == lang
    assert text("missing", at="x") == {"en": "x is missing", "zh": "缺少 x"}[lang]


def test_a_language_that_is_asked_for_wins(monkeypatch):
    monkeypatch.setenv("REGIONBUS_LANG", "zh")
    assert text("missing", "en", at="x") == "x is missing"


# ---- foreign values


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\n", "\r", "\t", "\x7f", "\x9b", "\u202e", "\u2028", "\ufeff", "\ud800"], ids=ascii)
def test_a_character_that_could_do_harm_is_replaced(char):
    assert harmless(f"a{char}b") == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.parametrize("value", ["泵车 №5", "café", "🚒", ""])
def test_words_of_any_language_are_shown(value):
    assert harmless(value) == value


@pytest.mark.parametrize(("value", "shown"), [(5, "5"), (None, "None"), (2.5, "2.5"), ([1], "[1]")])
def test_any_value_can_be_shown(value, shown):
    assert harmless(value) == shown


def test_a_long_value_is_cut():
    assert harmless("x" * SHOWN) == "x" * SHOWN
    assert harmless("x" * (SHOWN + 1)) == "x" * SHOWN + "…"


def test_a_code_outside_the_catalogue_is_itself_the_sentence():
    assert text("no such {code}\n", at="x") == "no such {code}\N{REPLACEMENT CHARACTER}"
