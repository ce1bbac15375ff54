"""``make screenshots``: every page of the monitor in both languages, taken from the running demo, into ``docs/screens``."""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bridge import telemetry
from bridge.demo import region, sums
from bridge.demo.story import HASTE, Story
from bridge.ledger import Ledger
from bridge.life import life
from bridge.monitor.site import PATHS

SCREENS = Path(__file__).parent.parent.parent / "docs" / "screens"
LOCALES = {"en": "en-US", "zh": "zh-CN"}
MOST = 1000
"""Messages among which a warning is looked for."""
SIZE = {"width": 1280, "height": 800}


async def entered(browser: Browser, url: str, password: str, lang: str) -> Page:
    """The pages, for somebody who has logged in."""
    page = await (await browser.new_context(base_url=url, locale=LOCALES[lang], viewport=SIZE)).new_page()
    await page.goto("/login")
    await page.fill("#name", region.USER)
    await page.fill("#password", password)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("nav")
    return page


async def taken(page: Page, lang: str, paths: Mapping[str, str]) -> None:
    """Looks at each page."""
    for name, path in paths.items():
        await page.goto(path)
        await page.wait_for_timeout(2500)
        await page.screenshot(path=SCREENS / f"{name}-{lang}.png", full_page=name == "agencies")


async def warning(ledger: Ledger) -> str:
    """The id of the warning with which the story begins."""
    lives = [await life(ledger, each) for digit in "0123456789abcdef" for each in await ledger.find(digit, MOST)]
    return next(str(each["message_id"]) for each in lives if each.get("kind") == "alert")


async def main() -> None:
    """Plays the story to its end, and looks on: at the topics from the beginning, for they show what passes."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder), once=True)
        async with region.running(story.told, Path(folder)) as cities, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
            viewers = {lang: await entered(browser, cities.pages[0], cities.password, lang) for lang in LOCALES}
            for page in viewers.values():
                await page.goto(PATHS["topics"])
            await viewers["en"].wait_for_timeout(2500)
            for number, step in enumerate(story.told["step"], 1):
                await story._step(cities, number, step)
                await asyncio.sleep(HASTE)
            await sums.settled(cities.hubs, cities.inboxes)
            paths = PATHS | {"trace": f"{PATHS['trace']}?q={await warning(cities.hubs[0].ledger)}"}
            for lang, page in viewers.items():
                await taken(page, lang, {"topics": paths["topics"], **paths})
            await browser.close()


if __name__ == "__main__":
    telemetry.configure(plain=False)
    asyncio.run(main())
