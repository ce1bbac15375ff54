"""What is measured, its names and labels, and what measuring costs."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import perf_counter

import httpx
import pytest
from hubs import alert, settings
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from servers import free_port

from bridge import app, liveness, registry
from bridge import settings as loading
from bridge.adapter import write
from bridge.envelope import Terms, said_of
from bridge.errors import Unavailable
from bridge.ledger import Fate
from bridge.links.inlet import read_and_sealed
from bridge.metrics import BOUNDS, OTHER, Family, Measures, Spread, names, quantile
from bridge.scrape import added, parts
from bridge.texts import catalogue
from bridge.tracing import stated
from bridge.vitals import place

IDS = ("a-name-of-a-message", "nobody-knows-me")
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


def scraped(folder):
    """``/metrics`` of a hub that has taken a message, refused one, and heard nothing else."""
    port = free_port()
    path = settings(folder, port=port)
    (folder / "in").mkdir()
    (folder / "in" / "a.xml").write_bytes(alert(IDS[0]))
    (folder / "in" / "b.xml").write_bytes(b"<x")

    async def story():
        hub = app.App(loading.load(path))
        async with hub.running(), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client, asyncio.timeout(20):
            while hub.hub.measures.settled["urgent"].total == 0 or hub.canary.seconds is None or not hub.hub.measures.dead:
                await asyncio.sleep(0.05)
            hub.watched.gaps = lambda: {"cn-shanghai": [3.0, 1.0]}
            return await client.get("/metrics"), (await client.get("/health/startup")).status_code, (await client.get("/alarms")).json()

    return asyncio.run(story())


@pytest.fixture(scope="module")
def scrape(tmp_path_factory):
    return scraped(tmp_path_factory.mktemp("hub"))


def test_a_scrape_tells_what_the_table_names_and_nothing_else(scrape):
    answer, _, _ = scrape
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = {family.name + "_total" * (family.type == "counter"): family for family in text_string_to_metric_families(answer.text)}
    assert {name: (family.type, family.documentation) for name, family in found.items() if name.startswith("regionbus_")} == {
        name: (row.type, row.en) for name, row in names().items() if name.startswith("regionbus_")
    }
    assert {name: family.type for name, family in found.items()} == {name: row.type for name, row in names().items()}
    for name, family in found.items():
        for sample in family.samples:
            assert sample.name in {name + suffix for suffix in SUFFIXES[family.type]}
            assert sample.labels.keys() - {"le"} == set(names()[name].labels)


def test_a_family_without_series_is_one_that_had_nothing_to_tell(scrape):
    empty = {family.name for family in text_string_to_metric_families(scrape[0].text) if not family.samples}
    assert empty <= {
        "regionbus_messages_waiting",
        "regionbus_messages_set_aside",
        "regionbus_unsettled_oldest_seconds",
        "regionbus_clock_offset_seconds",
    }


def test_no_label_holds_an_id_or_any_word_of_a_message(scrape):
    assert not [word for word in IDS if word in scrape[0].text]


def test_what_a_scrape_counts_is_what_happened(scrape):
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for each in text_string_to_metric_families(scrape[0].text)
        for sample in each.samples
    }
    assert found["regionbus_messages_total", "actual", "cn-jiaxing-weather", "cn-shanghai-emergency", "owed", "urgent"] == 1
    assert found["regionbus_refusals_total", "cn-jiaxing-weather-cap", "not-xml"] == 1
    assert found["regionbus_dead_letters_total", "cn-jiaxing-weather-cap"] == 1
    assert found["regionbus_end_to_end_seconds_count", "urgent"] == 1
    assert found["regionbus_gaps_open", "cn-shanghai"] == 2
    assert found["regionbus_gap_oldest_seconds", "cn-shanghai"] == 3
    assert found["regionbus_ledger_bytes",] > 10_000
    assert found["process_resident_memory_bytes",] > 10_000_000


def test_alarms_and_the_start_are_told_at_the_same_gate(scrape):
    _, startup, alarms = scrape
    assert startup == 200
    assert alarms.keys() == {"raised", "over"}


@pytest.mark.parametrize("row", names().values(), ids=lambda row: row.name)
def test_every_line_of_the_table_is_whole(row):
    assert row.type in SUFFIXES
    assert row.en
    assert any("\u4e00" <= char <= "\u9fff" for char in row.zh)
    assert row.bound
    assert row.name.endswith("_total") == (row.type == "counter")
    assert "seconds" not in row.name or row.unit == "seconds"
    assert "bytes" not in row.name or row.unit == "bytes"


# ---- labels


def test_agencies_that_the_settings_do_not_name_are_one():
    fates = [
        Fate("cn-a", "cn-x/full/actual/urgent", "delivered", 2),
        Fate("cn-a", "cn-y/full/actual/urgent", "delivered", 3),
        Fate("cn-z", "to/cn-z/cn-a/test/bulk", "waiting", 1),
        Fate("none", "cn-a", "refused", 4),
    ]
    assert added(fates, frozenset({"cn-a"})) == {
        (OTHER, "cn-a", "actual", "urgent", "delivered"): 5,
        ("cn-a", OTHER, "test", "bulk", "waiting"): 1,
        ("cn-a", "none", "none", "none", "refused"): 4,
    }


def test_a_stream_that_is_none_has_no_labels_of_its_own():
    assert parts("a/b/never/lane") == ("a", "none", "none")


def test_a_code_outside_the_catalogue_is_other():
    measures = Measures()
    measures.refuse("x", "words of a source", shelved=False)
    measures.refuse("x", "missing", shelved=True)
    assert measures.refusals == {("x", OTHER): 1, ("x", "missing"): 1}
    assert measures.dead == {"x": 1}
    assert "missing" in catalogue()


@pytest.mark.parametrize(
    ("queue", "found"),
    [("outlet/a-b/urgent", ("a-b", "urgent")), ("bus/bulk", ("bus", "bulk")), ("receipts/cn-a", ("receipts/cn-a", "normal"))],
)
def test_a_queue_is_a_link_and_a_lane(queue, found):
    assert place(queue) == found


# ---- spreads


def test_buckets_hold_those_before_them_and_a_bound_belongs_to_its_bucket():
    spread = Spread()
    for seconds in (0.0005, 0.3, 1000):
        spread.see(seconds)
    family = Family("regionbus_read_seconds")
    family.spread(spread, "cap")
    registry = CollectorRegistry()
    registry.register(type("Once", (), {"collect": lambda _: [family.metric]})())
    text = generate_latest(registry).decode()
    assert 'regionbus_read_seconds_bucket{adapter="cap",le="0.0005"} 1.0' in text
    assert 'regionbus_read_seconds_bucket{adapter="cap",le="60.0"} 2.0' in text
    assert 'regionbus_read_seconds_bucket{adapter="cap",le="+Inf"} 3.0' in text
    assert 'regionbus_read_seconds_count{adapter="cap"} 3.0' in text


@pytest.mark.parametrize(
    ("counts", "part", "found"), [({}, 0.99, 0.0), ({0: 99, 14: 1}, 0.99, BOUNDS[0]), ({0: 98, 14: 2}, 0.99, 60.0), ({15: 1}, 0.5, float("inf"))]
)
def test_a_quantile_is_the_end_of_its_bucket(counts, part, found):
    assert quantile(part, [counts.get(number, 0) for number in range(16)]) == found


def test_counting_costs_less_than_a_hundredth_of_a_message():
    measures, now, adapter = Measures(), datetime.now(UTC), registry.load("cap")(agency="cn-a")
    sent, native, terms = now - timedelta(seconds=0.02), alert("a"), Terms(agency="cn-a", mode="Actual")

    def count():
        begun = perf_counter()
        measures.reads["cap"].since(begun)
        measures.last["a"] = now
        begun = perf_counter()
        measures.writes["cap"].since(begun)
        measures.given("b", "urgent", now, sent)

    def work():
        (sealed,), _ = read_and_sealed(native, "k", adapter, terms, now)
        write(adapter, said_of(sealed.envelope))

    work()
    counting, working = (min(timed(call, 50) for _ in range(40)) for call in (count, work))
    assert counting < 0.01 * working  # and the ledger and the bus come to that


def timed(call, many):
    begun = perf_counter()
    for _ in range(many):
        call()
    return (perf_counter() - begun) / many


# ---- the start


def test_a_hub_has_started_once_its_ledger_has_answered(tmp_path):
    answers = [Unavailable("away"), {}, Unavailable("away")]

    class Away:
        async def oldest(self, _):
            found = answers.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

    class Bird:
        seconds, silence, deaf = None, 0.0, False

    async def story():
        window = liveness.Window(lambda: liveness.health(Away(), [], Bird(), lambda: 0.0))
        return [(await window.startup(None)).status_code for _ in range(3)]

    assert asyncio.run(story()) == [503, 200, 200]


# ---- trace context


@pytest.mark.parametrize(
    "words", [None, "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", f"00-{'0' * 32}-b7ad6b7169203331-01", "ff-a-b-c", "x" * 5000]
)
def test_what_is_no_trace_context_is_none(words):
    assert stated(words) is None
