"""Documents that follow from the code are what the code says."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from bridge import topics
from bridge.alarms import LASTS
from bridge.cli import asyncapi, reference
from bridge.kinds import CLASSES, LANES
from bridge.liveness import ping
from bridge.settings import Settings
from bridge.texts import catalogue
from schemas import ROOT, generate


@pytest.fixture
def document(root):
    return yaml.safe_load((root / "docs/asyncapi.yaml").read_text("utf-8"))


def test_the_asyncapi_document_is_what_the_code_says(root, document):
    assert (root / "docs/asyncapi.yaml").read_text("utf-8") == asyncapi.page(), "stale: make generate"
    assert document == asyncapi.document()


@pytest.mark.filterwarnings('ignore:Field name "schema"')
def test_the_asyncapi_document_fits_asyncapi_3(document):
    from asyncapi3.models.asyncapi import AsyncAPI3  # noqa: PLC0415  it warns when it is imported

    AsyncAPI3.model_validate(document)
    document["channels"]["data-alert"]["adress"] = "x"
    with pytest.raises(ValidationError):
        AsyncAPI3.model_validate(document)


def test_whatever_the_asyncapi_document_refers_to_is_there(root, document):
    found = re.findall(r'"\$ref": "([^"]+)"', (root / "docs/asyncapi.yaml").read_text("utf-8"))
    assert len(found) > 100
    for ref in set(found):
        if ref.startswith("#/"):
            place = document
            for step in ref[2:].split("/"):
                place = place[step]
        else:
            assert (root / "docs" / ref).resolve().is_file(), ref


def matches(address, topic):
    """Whether a topic is one of a channel; only ``{topic}`` stands for several levels."""
    pattern = re.sub(r"\\\{(\w+)\\\}", lambda place: ".+" if place[1] == "topic" else "[^/]+", re.escape(address))
    return re.fullmatch(pattern, topic) is not None


def test_every_topic_of_the_bus_is_in_exactly_one_channel(document):
    addresses = [channel["address"] for channel in document["channels"].values()]
    hub, other = "cn-jiaxing", "cn-shanghai"
    wild = [each.replace("+", "x").replace("#", "a/33/330400") for lane in LANES for each in topics.pulled(lane, ["*"], ["actual"], ["*"])]
    exact = [topics.state(hub, what) for what in ("presence", "heads")] + [topics.schemas(hub), topics.schema("0" * 64), ping(hub)]
    asked = [topics.ask(hub, other, what) for what in ("replay", "snapshot")]
    answered = [topics.answer(hub, other, "r"), topics.answer(hub, other, "r") + "/data/a/full/actual/alert/none/33/330400"]
    for topic in (*wild, *exact, *asked, *answered):
        assert len([address for address in addresses if matches(address, topic)]) == 1, topic
    assert len(wild) == 2 * len(CLASSES) - 1
    assert len(addresses) == len(wild) + 9


def test_the_settings_reference_is_what_the_models_say(root):
    example = (root / reference.SHIPPED).read_text("utf-8")
    assert (root / "docs/settings.md").read_text("utf-8") == reference.page(example), "stale: make generate"


def test_every_setting_stands_in_the_reference_with_what_may_be_written():
    page = reference.page("")
    for _, cls in [("", Settings), *reference.models(Settings)]:
        for name in cls.model_fields:
            assert re.search(rf"^\| `{name}` \| \S", page, re.MULTILINE), name


def test_the_data_dictionary_names_every_type_every_symbol_and_every_code_list(root):
    page = (root / "docs/data-dictionary.md").read_text("utf-8")
    for definition in generate.definitions():
        (section,) = re.findall(rf"^## {definition['name']}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
        if definition["type"] == "enum":
            assert [symbol for symbol in definition["symbols"] if f"`{symbol}`" not in section] == []
            assert re.search(r"^Source: \S", section, re.MULTILINE)
        else:
            rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
            assert [row[0].strip("| `") for row in rows] == [field["name"] for field in definition["fields"]]
            assert [row[0] for row in rows if not row[3].strip()] == []
    lists = sorted(Path(each.name).stem for each in ROOT.joinpath("codes").iterdir())
    rows = dict(re.findall(r"^\| \[`([a-z0-9-]+)`\]\(\S+\) \| [1-9]\d* \| \d* \| (\S.*) \|$", page, re.MULTILINE))
    assert sorted(rows) == lists


NEWS = {"alarm", "alarm-over", "given", "monitor", "monitor-act", "monitor-enter", "said", "started", "stopped"}
"""What the log says that asks for nothing."""


def test_the_page_for_the_night_knows_every_alarm_and_every_word_of_the_log_in_both_languages(root):
    page = (root / "docs/night.md").read_text("utf-8")
    rules = re.findall(r"alert: (\w+)", (root / "deploy/prometheus/rules.yml").read_text("utf-8"))
    events = {code.removeprefix("log-") for code in catalogue() if code.startswith("log-")} - NEWS
    for half in page.split("\n## 中文\n"):
        rows = [
            line.split(" | ")
            for line in half.splitlines()
            if line.startswith("| ") and not line.startswith(("| alarm", "| event", "| 告警", "| 事件"))
        ]
        assert {word for row in rows for word in re.findall(r"`([^`]+)`", row[0])} == events | set(LASTS)
        assert sorted(word for row in rows for word in re.findall(r"`(Regionbus\w+)`", row[1])) == sorted(rules)
        assert [row for row in rows if not row[-1].strip(" |") or not row[-2].strip()] == []
