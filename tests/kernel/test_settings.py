import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge import settings
from bridge.errors import ConfigError

AGENCY = '[[agency]]\nid = "cn-a"\n'
FILE = f"""\
hub = "cn-hub"
{AGENCY}
[[inlet]]
agency = "cn-a"
adapter = "cap"
folder = "in"

[[outlet]]
agency = "cn-a"
adapter = "emsi"
http = "https://example.org/take"
kinds = ["alert", "*"]
"""


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in [name for name in os.environ if name.startswith("REGIONBUS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "hub.toml"
        path.write_text(text, "utf-8")
        return settings.load(path)

    return load


@pytest.fixture
def refused(load):
    def refused(text):
        with pytest.raises(ConfigError) as caught:
            load(text)
        return str(caught.value).partition("hub.toml")[2]

    return refused


def inlet(*lines):
    return f'hub = "cn-hub"\n{AGENCY}[[inlet]]\nagency = "cn-a"\n' + "\n".join(lines)


# ---- what is wrong, on which line, and what was meant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('hub = "h"\nledgr = "x"', ":2: ledgr: there is no such setting; did you mean 'ledger'?"),
        ('hubb = "h"', ":1: hubb: there is no such setting; did you mean 'hub'?"),
        ('hub = "h"\n[http]\nprt = 1', ":3: http.prt: there is no such setting; did you mean 'port'?"),
        ('hub = "h"\n[tls]\ncertificat = "x"', ":3: tls.certificat: there is no such setting; did you mean 'certificate'?"),
        (f'hub = "h"\n{AGENCY}nam = "x"', ":4: agency.0.nam: there is no such setting; did you mean 'name'?"),
        (inlet('adapter = "cap"', 'foldr = "x"'), ":7: inlet.0.foldr: there is no such setting; did you mean 'folder'?"),
        (inlet('adapter = "cap"', 'folder = "x"', 'kinds = ["alert"]'), ":8: inlet.0.kinds: there is no such setting; "),
        (FILE + "kind = []", ":15: outlet.0.kind: there is no such setting; did you mean 'kinds'?"),
        (FILE.replace('["alert", "*"]', '["alrt"]'), ":14: outlet.0.kinds: there is no kind 'alrt'; did you mean 'alert'?"),
        (FILE.replace('agency = "cn-a"', 'agency = "cn-b"', 1), ":6: inlet.0.agency: there is no agency 'cn-b'; did you mean 'cn-a'?"),
        (inlet('adapter = "cap"', 'folder = "x"', 'mode = "actual"'), ":8: inlet.0.mode: Input should be 'Unknown', 'Actual', 'Exercise' or 'Test'"),
        (inlet('folder = "x"'), ":4: inlet.0.adapter: Field required"),
        ('hub = "h"\n[http]\nport = 70000', ":3: http.port: Input should be less than or equal to 65535"),
        ('hub = "h"\nheads_seconds = 600', ":2: heads_seconds: Input should be less than or equal to 60"),
        ("process = '2'", ":1: hub: Field required"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(refused, text, reason):
    assert refused(text).startswith(reason)


@pytest.mark.parametrize("text", ["hub = ", "hub", 'hub = "a"\nhub = "b"'])
def test_a_file_that_is_not_toml_is_refused(refused, text):
    assert refused(text).startswith(": not TOML: ")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        settings.load(tmp_path / "none.toml")


@pytest.mark.parametrize("word", ["CN", "cn jiaxing", "cn.jiaxing", "cn/jiaxing", "Nope/ok", "+", "#/a", "", "嘉兴", "嘉兴-a", "a" * 65])
def test_what_cannot_be_a_level_of_a_topic_is_no_name(refused, word):
    assert refused(f'hub = "{word}"').startswith(":1: hub: ")


@pytest.mark.parametrize(
    ("text", "place"), [('hub = "h"\nprocess = "CN/1"', ":2: process: "), ('hub = "h"\n[[agency]]\nid = "CN/a"', ":3: agency.0.id: ")]
)
def test_a_process_and_an_agency_are_levels_of_topics_too(refused, text, place):
    assert refused(text).startswith(place)


@pytest.mark.parametrize("division", ["33", "33/3304", "330400", "33/330400/1", "x33/330400"])
def test_a_division_is_province_and_division(refused, division):
    assert refused(f'hub = "h"\n{AGENCY}division = "{division}"').startswith(":4: agency.0.division: ")


@pytest.mark.parametrize(
    ("ways", "found"),
    [((), "none"), (('folder = "x"', 'http = "/x"'), "folder, http"), (('folder = "x"', 'http = "/x"', 'mqtt = "mqtt://h"'), "folder, http, mqtt")],
)
def test_a_link_has_exactly_one_way(refused, ways, found):
    assert refused(inlet('adapter = "cap"', *ways)) == f":4: inlet.0: exactly one of folder, http, mqtt and feed is wanted, found: {found}"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("", None),
        ("snapshot = false", None),
        ("snapshot = true", settings.Snapshot(polls=3, empty=False)),
        ("snapshot = { polls = 5 }", settings.Snapshot(polls=5, empty=False)),
        ("snapshot = { empty = true }", settings.Snapshot(polls=3, empty=True)),
    ],
)
def test_a_list_of_what_is_in_force_says_so(load, line, wanted):
    (found,) = load(inlet('adapter = "cap"', 'feed = "https://example.org/list"', line)).inlet
    assert (found.snapshot, found.every) == (wanted, 60)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('feed = "ftp://example.org"', "http://"),
        ('feed = "http://h"\nevery = 0', "every"),
        ('feed = "http://h"\nsnapshot = { polls = 0 }', "polls"),
        ('feed = "http://h"\nsnapshot = { pols = 2 }', "polls"),
        ('feed = "http://h"\nsnapshot = 3', "snapshot"),
    ],
)
def test_a_feed_that_cannot_be_asked_is_refused(refused, line, word):
    assert word in refused(inlet('adapter = "cap"', line))


def test_nothing_can_be_given_to_a_feed(refused):
    assert "there is no such setting" in refused(FILE.replace('http = "https://example.org/take"', 'feed = "https://example.org/take"'))


def test_two_links_of_one_name_are_refused(refused):
    again = FILE.replace('adapter = "emsi"', 'adapter = "cap"')
    assert refused(again) == ":5: inlet.0: two links are called 'cn-a-cap': give one a name of its own"


def test_a_link_may_have_a_name_of_its_own(load):
    found = load(FILE.replace('adapter = "emsi"', 'adapter = "cap"\nname = "back"'))
    assert [link.title for link in (*found.inlet, *found.outlet)] == ["cn-a-cap", "back"]


def test_an_agency_stands_once(refused):
    assert "cn-a" in refused(f'hub = "h"\n{AGENCY}{AGENCY}')


# ---- what is filled in


def test_a_hub_needs_only_its_name(load):
    found = load('hub = "cn-hub"')
    assert (found.hub, found.bus, found.process, found.http.host, found.http.port, found.heads_seconds) == (
        "cn-hub",
        "embedded:",
        "1",
        "127.0.0.1",
        8080,
        15,
    )
    assert (found.agency, found.inlet, found.outlet) == ([], [], [])


def test_nothing_passes_an_outlet_unless_it_is_named(load):
    [outlet] = load(FILE.replace('kinds = ["alert", "*"]', "")).outlet
    assert (outlet.agencies, outlet.kinds, outlet.modes) == ([], [], ["Actual"])


def test_an_inlet_refuses_silence_about_the_mode_unless_one_is_set(load):
    assert load(FILE).inlet[0].mode == "Unknown"


# ---- the environment


def test_the_environment_stands_above_the_file(load, monkeypatch):
    monkeypatch.setenv("REGIONBUS_HUB", "cn-other")
    monkeypatch.setenv("REGIONBUS_HTTP__PORT", "81")
    found = load('hub = "cn-hub"\n[http]\nhost = "0.0.0.0"\nport = 80')
    assert (found.hub, found.http.host, found.http.port) == ("cn-other", "0.0.0.0", 81)


def test_the_environment_may_name_the_hub_alone(load, monkeypatch):
    monkeypatch.setenv("REGIONBUS_HUB", "cn-other")
    assert load("").hub == "cn-other"


def test_other_variables_of_regionbus_are_no_settings(load, monkeypatch):
    monkeypatch.setenv("REGIONBUS_LANG", "zh")
    monkeypatch.setenv("REGIONBUS_CONFIG", "/etc/x.toml")
    assert load('hub = "cn-hub"').hub == "cn-hub"


@pytest.mark.parametrize(("name", "value"), [("REGIONBUS_HTTP__PORT", "many"), ("REGIONBUS_AGENCY", "cn-a"), ("REGIONBUS_HUB", "CN")])
def test_a_wrong_variable_stops_the_start_too(load, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="(?i)" + name.removeprefix("REGIONBUS_").partition("_")[0]):
        load('hub = "cn-hub"')


# ---- paths and secrets


def test_paths_are_relative_to_the_file(load, tmp_path):
    found = load(
        inlet('adapter = "own/river.toml"', 'folder = "in"', 'token_file = "secret"').replace("[[agency]]", 'adapters = ["own"]\n[[agency]]', 1)
    )
    assert found.inlet[0].folder == tmp_path / "in"
    assert found.inlet[0].token_file == tmp_path / "secret"
    assert found.inlet[0].adapter == str(tmp_path / "own/river.toml")
    assert found.adapters == [tmp_path / "own"]
    assert found.ledger == f"sqlite:///{tmp_path}/regionbus.db"


def test_absolute_paths_stay(load):
    found = load(inlet('adapter = "/own/river.toml"', 'folder = "/in"').replace("[[agency]]", 'ledger = "sqlite:////var/lib/a.db"\n[[agency]]', 1))
    assert (found.inlet[0].folder, found.inlet[0].adapter, found.ledger) == (Path("/in"), "/own/river.toml", "sqlite:////var/lib/a.db")


def test_the_files_of_tls_are_relative_to_the_settings_too(load, tmp_path):
    assert load('hub = "h"\n[tls]\nca = "ca.pem"').tls.ca == str(tmp_path / "ca.pem")


def test_a_neighbours_broker_is_shown_what_its_table_says_or_else_what_ours_is(load, tmp_path):
    words = 'hub = "h"\n[tls]\nca = "ours.pem"\n[[relay]]\nhub = "a"\nbus = "mqtts://a"\n[[relay]]\nhub = "b"\nbus = "mqtts://b"\n[relay.tls]\nca = "theirs.pem"\n'
    found = load(words)
    assert [found.tls_of(relay).ca for relay in found.relay] == [str(tmp_path / name) for name in ("ours.pem", "theirs.pem")]
    with pytest.raises(ConfigError, match="did you mean 'certificate'"):
        load(words.replace('ca = "theirs', 'certificat = "theirs'))


@pytest.mark.parametrize(("adapter", "title"), [("cap", "cn-a-cap"), ("own/river.toml", "cn-a-river")])
def test_a_link_is_called_after_agency_and_format(load, adapter, title):
    assert load(inlet(f'adapter = "{adapter}"', 'folder = "in"')).inlet[0].title == title


def test_a_token_may_lie_in_a_file(load, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n", "utf-8")
    assert load(inlet('adapter = "cap"', 'http = "/cap"', 'token_file = "secret"')).inlet[0].secret == "s3cret"


def test_a_token_in_the_file_is_not_shown(load):
    [link] = load(inlet('adapter = "cap"', 'http = "/cap"', 'token = "s3cret"')).inlet
    assert link.secret == "s3cret"
    assert "s3cret" not in repr(link)
    assert load(inlet('adapter = "cap"', 'http = "/cap"')).inlet[0].secret is None


# ---- frozen


@pytest.mark.parametrize("change", [("hub", "x"), ("inlet", []), ("ledger", "x")])
def test_settings_do_not_change(load, change):
    with pytest.raises(ValidationError, match="frozen"):
        setattr(load(FILE), *change)


def test_the_parts_of_settings_do_not_change(load):
    found = load(FILE)
    for part in (found.inlet[0], found.agency[0], found.http):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, next(iter(type(part).model_fields)), "x")


def test_an_empty_token_opens_no_door(load, tmp_path):
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(ConfigError, match="no token in this file"):
        load(inlet('adapter = "cap"', 'http = "/cap"', 'token_file = "secret"')).inlet[0].secret  # noqa: B018
    with pytest.raises(ConfigError, match="token"):
        load(inlet('adapter = "cap"', 'http = "/cap"', 'token = ""'))
