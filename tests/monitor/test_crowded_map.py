"""A map of very much, in a real browser: whatever is drawn together, all of it is there."""

import asyncio
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from delta import BOX, CITIES, delta, told
from hubs import settings
from playwright.sync_api import sync_playwright
from servers import free_port, wait_for_port

from bridge import app, assembly
from bridge import settings as loading

INCIDENTS, RESOURCES = 400, 1000
SIGNS = "[...document.querySelectorAll('#map .mark')]"
SHOWN = f"{SIGNS}.reduce((sum, each) => sum + (each.classList.contains('many') ? Number(each.textContent) : 1), 0)"
ALONE = f"{SIGNS}.filter((each) => !each.classList.contains('many')).length"


@pytest.fixture(scope="module")
def things():
    return list(delta(INCIDENTS, RESOURCES, datetime.now(UTC)))


@pytest.fixture(scope="module")
def url(tmp_path_factory, things):
    """The pages in a process of their own, beside a ledger that holds much."""
    port = free_port()
    path = settings(tmp_path_factory.mktemp("crowded"), port=free_port(), more=f"[monitor]\nport = {port}\nlogin = false\n")
    found = loading.load(path)

    async def fill():
        ledger = assembly.ledger_of(found, app.now)
        await told(ledger, things)
        await ledger.close()

    asyncio.run(fill())
    process = subprocess.Popen([sys.executable, "-m", "bridge.cli", "monitor", "-c", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port, 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def page(url):
    program = shutil.which("chromium")
    assert program, "chromium is not installed: run 'make servers'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=url, viewport={"width": 1280, "height": 900})
        page.goto("/map")
        page.wait_for_function(f"() => !following && {SHOWN} === {INCIDENTS + RESOURCES}", timeout=240_000)
        yield page
        browser.close()


def answered(page, zoom, box):
    words = ",".join(map(str, box))
    found = page.request.get(f"/map/features?modes=Actual,Exercise&zoom={zoom}&box={words}").json()
    return found["marks"], found["clusters"]


def counted(marks, clusters):
    return len(marks) + sum(each["count"] for each in clusters)


def test_what_is_drawn_alone_and_together_adds_up_at_every_zoom(page):
    for zoom in (0, 4, 7, 10, 13, 16, 17, 18):
        assert counted(*answered(page, zoom, (100, 0, 140, 60))) == INCIDENTS + RESOURCES, zoom


def test_what_is_of_one_kind_is_never_counted_as_another(page):
    marks, clusters = answered(page, 8, (100, 0, 140, 60))
    incidents = (
        [each for each in marks if each["classes"].startswith("incident")],
        [each for each in clusters if each["classes"].startswith("incident")],
    )
    assert counted(*incidents) == INCIDENTS


def test_at_the_deepest_zoom_everything_has_a_sign_of_its_own(page, things):
    (lon, lat), here = (
        CITIES[0],
        "() => [chart.getBounds().getWest(), chart.getBounds().getSouth(), chart.getBounds().getEast(), chart.getBounds().getNorth()]",
    )
    page.evaluate(f"chart.setView([{lat}, {lon}], 18, {{ animate: false }})")
    page.wait_for_function("() => document.querySelectorAll('#map .mark.many').length === 0", timeout=120_000)
    marks, clusters = answered(page, 18, page.evaluate(here))
    assert marks
    assert not clusters
    page.wait_for_function(f"() => {ALONE} === {len(marks)}", timeout=120_000)
    assert len({each["words"][0] for each in marks if each["classes"].startswith("resource")}) > 1
    west, south, _, _ = BOX
    names = set()
    for place in range(12 * 12):
        left, low = west - 1 + place % 12 * 0.5, south - 1 + place // 12 * 0.5
        piece, together = answered(page, 18, (left, low, left + 0.4999, low + 0.4999))
        assert not together
        names.update((each["classes"].split()[0], each["words"][0]) for each in piece)
    assert len(names) == INCIDENTS + RESOURCES
