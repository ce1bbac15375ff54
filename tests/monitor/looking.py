"""A hub at work with its pages, and somebody who looks at them."""

import asyncio
import re
from contextlib import asynccontextmanager

import httpx
from hubs import settings
from playing import playing

from bridge.monitor.login import PasswordHasher
from bridge.monitor.serving import beside

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
USERS = {"vera": "viewer", "otto": "operator", "ada": "admin"}
PASSWORD = "correct horse"
HASH = CHEAP.hash(PASSWORD)
MONITOR = "[monitor]\nport = 0\n" + "".join(
    f'[[monitor.user]]\nname = "{name}"\nrole = "{role}"\npassword = "{HASH}"\n' for name, role in USERS.items()
)
HTML = {"Accept": "text/html"}


@asynccontextmanager
async def shown(folder, *, more=MONITOR, **options):
    """A hub, and the address of its pages."""
    async with playing(settings(folder, more=more, **options)) as hub, beside(hub) as url:
        yield hub, url


@asynccontextmanager
async def visitor(url, name=None, password=PASSWORD, lang="en"):
    """A browser without scripts; ``name`` has logged in."""
    async with httpx.AsyncClient(base_url=url, headers={**HTML, "Accept-Language": lang}, trust_env=False) as client:
        if name:
            answer = await enter(client, name, password)
            assert answer.status_code == 303, answer.text
        yield client


async def enter(client, name, password=PASSWORD, **more):
    form = csrf((await client.get("/login")).text)
    return await client.post("/login", data={"csrf": form, "name": name, "password": password, **more})


def csrf(page):
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]


async def eventually(client, path, words, seconds=30):
    """The page, once it says so."""
    async with asyncio.timeout(seconds):
        while words not in (page := (await client.get(path)).text):
            await asyncio.sleep(0.2)
    return page
