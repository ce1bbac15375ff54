"""The pages in a real browser, as operators meet them: in both languages, by keyboard, on a telephone, in the dark."""

import shutil
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from hubs import alert, settings, wait_for
from looking import MONITOR, PASSWORD
from playwright.sync_api import sync_playwright
from servers import free_port, wait_for_port

from bridge.monitor.site import PATHS

GRAVE = {"serious", "critical"}
BROKEN = alert("broken").replace(b"<identifier>broken</identifier>", b"")
CASES = ["an-incident-is-a-point", "an-exercise-says-so", "a-stock-and-a-unit-on-the-move"]
POLYGON = b"</areaDesc><polygon>30.8,120.9 30.9,120.9 30.9,121.0 30.8,120.9</polygon>"
MAPPED = """
[[agency]]
id = "cn-jiaxing-fire"
name = "嘉兴市消防救援支队"
contact = "+86 573 119"
[[inlet]]
agency = "cn-jiaxing-fire"
adapter = "geojson"
folder = "places"
mode = "Actual"
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory, request):
    """A hub with its pages in a process of its own; something was said and something set aside."""
    folder, port = tmp_path_factory.mktemp("browser"), free_port()
    path = settings(folder, more=MAPPED + MONITOR.replace("port = 0", f"port = {port}"))
    process = subprocess.Popen([sys.executable, "-m", "bridge.cli", "run", "-c", path], stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"))
    try:
        wait_for_port(port, 30)
        golden = request.config.rootpath / "tests/golden/geojson"
        for case in CASES:
            shutil.copy(golden / case / "in.geojson", folder / "places" / f"{case}.json")
        (folder / "in" / "a.xml").write_bytes(alert("a").replace(b"</areaDesc>", POLYGON))
        for name in "bc":
            (folder / "in" / f"broken-{name}.xml").write_bytes(BROKEN + b" " * (name == "c"))
        wait_for(lambda: not [each for each in [*(folder / "in").iterdir(), *(folder / "places").iterdir()] if each.is_file()])
        yield folder, f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def chromium():
    program = shutil.which("chromium")
    assert program, "chromium is not installed: run 'make servers'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(hub, chromium):
    """A browser in which somebody has logged in; what it complains of fails the test, and so does a request to anybody else."""
    opened, wrong = [], []

    def make(name="ada", lang="en-US", **options):
        context = chromium.new_context(base_url=hub[1], locale=lang, **options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda each: wrong.append(each.text) if each.type == "error" else None)
        page.on("pageerror", lambda each: wrong.append(str(each)))
        page.on("request", lambda each: None if each.url.startswith(hub[1]) else wrong.append(each.url))
        page.goto("/login")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav")
        return page

    yield make
    for context in opened:
        context.close()
    assert wrong == []


def grave(page):
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] in GRAVE]


@pytest.mark.parametrize(("lang", "scheme"), [("en-US", "light"), ("zh-CN", "dark")])
def test_every_page_is_there_in_each_language_and_axe_finds_nothing_grave(open_page, lang, scheme):
    page = open_page(lang=lang, color_scheme=scheme)
    for name, path in PATHS.items():
        page.goto(path)
        if name != "trace":
            page.wait_for_function("document.getElementById('pulse').textContent === document.getElementById('pulse').dataset.live")
        assert page.get_attribute("html", "lang") == ("zh-CN" if lang == "zh-CN" else "en")
        assert grave(page) == [], name
    page.goto("/letters")
    page.locator(".numbers a").first.click()
    assert grave(page) == []


def test_no_page_is_wider_than_a_telephone(open_page):
    page = open_page(viewport={"width": 360, "height": 740})
    for path in PATHS.values():
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_the_map_shows_what_is_where_and_hides_exercises_when_asked(open_page):
    page = open_page()
    page.goto("/map")
    page.wait_for_selector("#map .mark.incident")
    page.wait_for_selector("#map .mark.exercise")
    page.wait_for_selector("#map path.area")
    page.wait_for_selector("#map .mark.resource")
    page.uncheck("[name=mode][value=Exercise]")
    page.wait_for_selector("#map .mark.exercise", state="detached")
    page.locator("#map .mark.resource").first.click()
    assert "cn-jiaxing-fire" in page.inner_text(".leaflet-popup-content")


def test_what_happens_is_seen_without_loading_the_page_again(open_page, hub):
    folder, _ = hub
    page = open_page()
    page.goto("/map")
    assert "现场更新" not in page.content()
    (folder / "in" / "news.xml").write_bytes(alert("现场更新"))
    page.wait_for_selector("text=现场更新", timeout=10_000)


def test_a_table_that_is_scrolled_by_keyboard_goes_on_and_keeps_the_focus(open_page, hub):
    folder, _ = hub
    page = open_page()
    page.goto("/map")
    page.wait_for_function("document.getElementById('pulse').textContent === document.getElementById('pulse').dataset.live")
    page.locator("#live .wide").first.focus()
    (folder / "in" / "scrolled.xml").write_bytes(alert("继续更新"))
    page.wait_for_selector("text=继续更新", timeout=10_000)
    assert page.evaluate("document.activeElement.classList.contains('wide')")


def test_a_paused_page_stands_still_until_it_is_resumed(open_page, hub):
    folder, _ = hub
    page = open_page()
    page.goto("/map")
    page.wait_for_function("document.getElementById('pulse').textContent === document.getElementById('pulse').dataset.live")
    page.press("#pause", "Enter")
    (folder / "in" / "later.xml").write_bytes(alert("later"))
    page.wait_for_timeout(3000)
    assert "later" not in page.content()
    page.press("#pause", "Enter")
    page.wait_for_selector("text=later", timeout=10_000)


def test_retry_pressed_twice_tells_the_same_twice_and_a_viewer_has_no_button(open_page):
    page = open_page("otto")
    page.goto("/letters")
    page.locator(".numbers a").first.click()
    assert page.locator("mark").count()
    page.dblclick("form[action$='/retry'] button")
    page.wait_for_selector(".notice")
    assert "identifier is missing" in page.inner_text(".notice")
    page = open_page("vera")
    page.goto("/letters")
    page.locator(".numbers a").first.click()
    assert page.locator("form[action$='/retry']").count() == 0


def test_a_letter_that_is_edited_and_pressed_twice_is_delivered_once(open_page, hub):
    folder, _ = hub
    page = open_page("ada")
    page.goto("/letters")
    page.locator(".numbers a").first.click()
    before = len(list((folder / "out").iterdir()))
    page.fill("#words", alert("edited-by-hand").decode())
    page.dblclick("form[action$='/edit'] button")
    page.wait_for_selector(".notice")
    wait_for(lambda: len(list((folder / "out").iterdir())) > before)
    page.wait_for_timeout(1000)
    assert len([each for each in (folder / "out").iterdir() if b"edited-by-hand" in each.read_bytes()]) == 1


def test_the_pages_are_walked_by_keyboard(open_page):
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
    seen = []
    page.goto("/")
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert set(PATHS.values()) <= set(seen)
