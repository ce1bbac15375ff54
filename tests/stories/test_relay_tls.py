"""Neighbours whose brokers trust different authorities: each is shown what its table says."""

import asyncio

import pytest
import trustme
from playing import playing, until
from regions import Region, story
from servers import Mosquitto
from structlog.testing import capture_logs

from bridge.app import now
from bridge.doctor import tls
from bridge.settings import load

A, B = "cn-jiaxing", "cn-shanghai"
WORDS = "cafile {folder}/{hub}.pem\ncertfile {folder}/{hub}-broker.pem\nkeyfile {folder}/{hub}-broker.pem\nrequire_certificate true\n"
OWN = '[tls]\nca = "{folder}/{hub}.pem"\ncertificate = "{folder}/{hub}-hub.pem"\n'
THEIRS = '[relay.tls]\nca = "{folder}/{ca}.pem"\ncertificate = "{folder}/{paper}.pem"\n'


class Guarded(Mosquitto):
    """A broker that wants to see a certificate."""

    @property
    def url(self):
        return f"mqtts://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Two authorities; what each has issued for its broker, its hub and the other one's."""
    folder = tmp_path_factory.mktemp("papers")
    for hub, other in ((A, B), (B, A)):
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / f"{hub}.pem")
        for name, host in {f"{hub}-broker": "127.0.0.1", f"{hub}-hub": f"hub@{hub}", f"{hub}-for-{other}": f"hub@{other}"}.items():
            authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(folder / f"{name}.pem")
            (folder / f"{name}.pem").chmod(0o600)
    return folder


def neighbours(folder, papers, relay):
    brokers = {hub: Guarded(folder / f"{hub}-broker", more=WORDS.format(folder=papers, hub=hub)) for hub in (A, B)}
    region = Region(folder, {A: [], B: [A]}, brokers=brokers)
    for hub, path in region.paths.items():
        path.write_text(path.read_text() + OWN.format(folder=papers, hub=hub) + (relay if hub == B else ""))
    return region


def flaws(region):
    return {check.flaw for check in tls.examine(load(region.paths[B]), now()) if check.flaw}


@story
async def test_a_neighbour_of_another_authority_is_read_with_the_papers_of_its_table(tmp_path, papers):
    region = neighbours(tmp_path, papers, THEIRS.format(folder=papers, ca=A, paper=f"{A}-for-{B}"))
    async with region.brokers_up(), region.playing():
        region.say(A, "a")
        region.say(B, "b")
        await until(lambda: region.has(B, ["a", "b"]))
        assert await asyncio.to_thread(flaws, region) == set()


WRONG = {
    "none": "",
    "ours": THEIRS.format(folder="{folder}", ca=B, paper=f"{B}-hub"),
    "of-another": THEIRS.format(folder="{folder}", ca=A, paper=f"{B}-hub"),
}


@pytest.mark.parametrize("wrong", WRONG)
@story
async def test_who_shows_or_trusts_the_wrong_ones_reads_nothing_and_is_told(tmp_path, papers, wrong):
    region = neighbours(tmp_path, papers, WRONG[wrong].format(folder=papers))
    with capture_logs() as logs:
        async with region.brokers_up(), playing(region.paths[B]):
            await until(lambda: any(each["event"] == "unavailable" and f"-from-{A}-" in each["link"] for each in logs))
            if wrong != "of-another":  # whom a broker of TLS 1.3 does not know, it tells later than the greeting
                assert await asyncio.to_thread(flaws, region) == {"bus-authority"}
