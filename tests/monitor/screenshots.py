"""``make screenshots``: every page of the monitor in both languages, taken from the running demo, into ``docs/screens``."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bridge import telemetry
from bridge.demo import region, sums
from bridge.demo.story import HASTE, Story
from bridge.monitor.site import PATHS

SCREENS = Path(__file__).parent.parent.parent / "docs" / "screens"
LOCALES = {"en": "en-US", "zh": "zh-CN"}
SIZE = {"width": 1280, "height": 800}


async def taken(browser: Browser, url: str, password: str, lang: str) -> None:
    """Logs in and looks at each page."""
    context = await browser.new_context(base_url=url, locale=LOCALES[lang], viewport=SIZE)
    page = await context.new_page()
    await page.goto("/login")
    await page.fill("#name", region.USER)
    await page.fill("#password", password)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("nav")
    for name, path in PATHS.items():
        await page.goto(path)
        await page.wait_for_timeout(2500)
        await page.screenshot(path=SCREENS / f"{name}-{lang}.png")
    await context.close()


async def main() -> None:
    """Plays the story to its end, and looks on."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Path(folder), once=True)
        async with region.running(story.told, Path(folder)) as cities, async_playwright() as playwright:
            for number, step in enumerate(story.told["step"], 1):
                await story._step(cities, number, step)
                await asyncio.sleep(HASTE)
            await sums.settled(cities.hubs, cities.inboxes)
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
            for lang in LOCALES:
                await taken(browser, cities.pages[0], cities.password, lang)
            await browser.close()


if __name__ == "__main__":
    telemetry.configure(plain=False)
    asyncio.run(main())
