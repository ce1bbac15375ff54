"""The pages in a process of their own, and one browser tab that looks at them: what it holds, and how soon it answers a hand."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from servers import free_port, wait_for_port

from tests.benchmarks.scene import Scene, process

MONITOR = """\
[monitor]
port = {port}
login = false
"""
MIB = 1 << 20
LISTENS = """\
window.answers = []; window.contents = 0; window.longest = 0;
for (const kind of ["click", "keydown", "wheel"])
  addEventListener(kind, (each) => requestAnimationFrame(() => setTimeout(() => answers.push(performance.now() - each.timeStamp))), true);
addEventListener("content", () => { contents += 1; }, true);
new PerformanceObserver((list) => list.getEntries().forEach((each) => { longest = Math.max(longest, each.duration); })).observe({ type: "longtask" });
"""
"""An answer is counted from when the browser was given the click, the key or the turn of the wheel until the frame behind it is drawn."""


@contextmanager
def monitor(scene: Scene, number: int = 0) -> Iterator[tuple[int, str]]:
    """The pages beside bridge ``number`` of a scene: process id and address."""
    port = free_port()
    path = scene.folder / "monitor.toml"
    path.write_text((scene.folder / f"regionbus-{number}.toml").read_text() + MONITOR.format(port=port))
    with process("-m", "bridge.cli", "monitor", "-c", str(path), log=scene.folder / "log-monitor") as pid:
        wait_for_port(port, 60)
        yield pid, f"http://127.0.0.1:{port}"


@contextmanager
def tab(url: str) -> Iterator["Tab"]:
    """One in a browser of its own."""
    program = shutil.which("chromium")
    assert program, "chromium is not installed: run 'make servers'"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield Tab(browser, browser.new_page(base_url=url, viewport={"width": 1280, "height": 900}))
        finally:
            browser.close()


class Tab:
    """What one tab holds and how it answers."""

    def __init__(self, browser: Browser, page: Page) -> None:
        """Nothing is open yet."""
        self.page, self.heap, self.own, self.resident, self.answers, self.bytes = page, 0.0, 0.0, 0.0, list[float](), 0
        self.whole, self.part = browser.new_browser_cdp_session(), page.context.new_cdp_session(page)
        self.part.send("Performance.enable")
        self.part.send("Network.enable")
        self.part.on("Network.loadingFinished", self._loaded)
        page.add_init_script(LISTENS)

    def _loaded(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def look(self) -> None:
        """Memory as it is now, and the answers since the last look."""
        found = {each["name"]: each["value"] for each in self.part.send("Performance.getMetrics")["metrics"]}
        self.heap = max(self.heap, found["JSHeapUsedSize"] / MIB)
        for each in self._renderers():
            self.own, self.resident = max(self.own, held(each["id"], "RssAnon")), max(self.resident, held(each["id"], "VmRSS"))
        self.answers += self.page.evaluate("answers.splice(0)")

    def _renderers(self) -> list[dict[str, int]]:
        return [each for each in self.whole.send("SystemInfo.getProcessInfo")["processInfo"] if each["type"] == "renderer"]

    def told(self, wanted: float = 100.0) -> None:
        """Prints the figures."""
        answers = sorted(self.answers)
        half, high = answers[len(answers) // 2], answers[int(len(answers) * 0.99)]
        shared = f"{self.resident:.0f} MiB with the browser's program that all tabs share"
        print(f"the tab: scripts up to {self.heap:.1f} MiB, its process up to {self.own:.0f} MiB of its own, {shared}")
        print(
            f"{len(answers)} clicks, keys and turns answered: median {half:.0f} ms, p99 {high:.0f} ms, longest {answers[-1]:.0f} ms (wanted: {wanted:.0f})"
        )
        print(f"longest task of its main thread {self.page.evaluate('longest'):.0f} ms", flush=True)


def held(pid: int, name: str) -> float:
    """MiB that a process holds now, its own or also what it shares with others; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return 0.0
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024
