"""A ledger whose Redis moves: a master that sentinels replace, a cluster that gives a slot to another node. What was accepted is still there."""

import asyncio
import shutil
import subprocess
import time
from contextlib import ExitStack

import pytest
from messages import incident, taking
from servers import Redis as RedisServer
from servers import free_port, wait_for_port

from bridge.assembly import ledger_of
from bridge.errors import ConfigError, Unavailable
from bridge.ledger.redis import Redis
from bridge.ledger.redis_where import hosts, where
from bridge.settings import Settings

SENTINEL = """\
bind 127.0.0.1
port {port}
dir {folder}
sentinel monitor city 127.0.0.1 {master} 2
sentinel down-after-milliseconds city 500
sentinel failover-timeout city 3000
"""
CLUSTER = "--cluster-enabled yes --cluster-node-timeout 1000 --cluster-replica-validity-factor 0".split()


def wait_until(done, seconds=60):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "what was waited for did not happen"
        time.sleep(0.05)


@pytest.fixture
def servers(tmp_path):
    """Starts servers, and ends them."""
    with ExitStack() as stack:

        def start(name, *more, cluster=False):
            found = RedisServer(tmp_path / name, *more)
            if cluster:
                found.more = (*CLUSTER, "--cluster-port", str(free_port()), *more)
            stack.callback(found.kill)
            return found.start()

        yield start


@pytest.fixture
def sentinels(tmp_path):
    """Starts three who watch a master."""
    running = []

    def start(master):
        ports = [free_port() for _ in range(3)]
        for port in ports:
            config = tmp_path / f"sentinel-{port}.conf"
            config.write_text(SENTINEL.format(port=port, folder=tmp_path, master=master.port))
            running.append(subprocess.Popen([shutil.which("redis-server"), str(config), "--sentinel"], stdout=subprocess.DEVNULL))
            wait_for_port(port)
        return ports

    yield start
    for process in running:
        process.kill()
        process.wait(10)


async def persist(ledger, piece, seconds=120):
    """As a link does it: again, until it is held."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                (outcome,) = await ledger.accept([piece])
            except Unavailable:
                await asyncio.sleep(0.1)
            else:
                return outcome


def piece(number):
    return taking(incident(str(number), subject=f"s{number}"), key=f"k{number}")


async def nothing_lost_while(happens, url, clock):
    """Accepts before, during and after; then all of it is known again."""
    ledger = Redis(url, "cn-jiaxing", clock)
    held = [(await persist(ledger, piece(number))).states[0][0] for number in range(20)]
    await asyncio.to_thread(happens)
    held += [(await persist(ledger, piece(number))).states[0][0] for number in range(20, 40)]
    again = [await persist(ledger, piece(number)) for number in range(40)]
    assert [outcome.states[0][0] for outcome in again] == held
    assert all(outcome.again for outcome in again)
    assert len(await ledger.waiting("bus/normal", 100)) == 40
    await ledger.close()


def test_sentinels_put_a_replica_in_the_masters_place_and_nothing_accepted_is_lost(servers, sentinels, clock):
    master = servers("master")
    replicas = [servers(f"replica-{number}", "--replicaof", f"127.0.0.1 {master.port}") for number in range(2)]
    ports = sentinels(master)
    wait_until(lambda: all("master_link_status:up" in each.ask("INFO replication") for each in replicas))
    wait_until(lambda: all(f"slaves=2,sentinels={3}" in asked(port) for port in ports))
    url = "redis+sentinel://" + ",".join(f"127.0.0.1:{port}" for port in ports) + "/city/0"
    asyncio.run(nothing_lost_while(master.kill, url, clock))
    assert sum("role:master" in each.ask("INFO replication") for each in replicas) == 1


def asked(port):
    with subprocess.Popen(["redis-cli", "-p", str(port), "INFO", "sentinel"], stdout=subprocess.PIPE) as asking:
        return asking.communicate()[0].decode()


def test_what_no_replica_holds_is_not_called_accepted_and_is_known_again_when_one_does(servers, sentinels, clock):
    master = servers("master")
    replica = servers("replica", "--replicaof", f"127.0.0.1 {master.port}")
    (port, *_) = sentinels(master)
    wait_until(lambda: "master_link_status:up" in replica.ask("INFO replication"))

    async def story():
        careful = Redis(f"redis+sentinel://127.0.0.1:{port}/city", "cn-jiaxing", clock)
        await persist(careful, piece(1))
        replica.freeze()
        with pytest.raises(Unavailable, match=r"0 of 1 replicas|Timeout"):
            await careful.accept([piece(2)])
        careless = Redis(f"redis+sentinel://127.0.0.1:{port}/city?replicas=0", "cn-jiaxing", clock)
        (outcome,) = await careless.accept([piece(3)])
        assert outcome.states[0][1] == "accepted"
        replica.thaw()
        assert (await persist(careful, piece(2))).again
        await careful.close()
        await careless.close()

    try:
        asyncio.run(story())
    finally:
        replica.thaw()


def test_a_cluster_gives_our_slot_to_a_replica_and_nothing_accepted_is_lost(servers, clock):
    nodes = [servers(f"node-{number}", cluster=True) for number in range(5)]
    first, *others = nodes
    for number, node in enumerate(nodes, 1):
        node.ask(f"CLUSTER SET-CONFIG-EPOCH {number}")  # else they settle it between themselves, and who misses the end of that gets no votes
    for node in others:
        first.ask(f"CLUSTER MEET 127.0.0.1 {node.port} {node.more[-1]}")
    for node, part in zip(nodes, ("0 5460", "5461 10922", "10923 16383"), strict=False):
        node.ask(f"CLUSTER ADDSLOTSRANGE {part}")
    wait_until(lambda: all("cluster_known_nodes:5" in node.ask("CLUSTER INFO") for node in nodes))
    holder = nodes[next(index for index, end in enumerate((5460, 10922, 16383)) if slot(first) <= end)]
    mark = holder.ask("CLUSTER MYID").split("\r\n")[1]
    for replica in nodes[3:]:
        wait_until(lambda replica=replica: "OK" in replica.ask(f"CLUSTER REPLICATE {mark}"))
        wait_until(lambda replica=replica: "master_link_status:up" in replica.ask("INFO replication"))
    wait_until(lambda: all("cluster_state:ok" in node.ask("CLUSTER INFO") for node in nodes))
    url = "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in nodes)

    def takes_over():
        """Without votes: whom Redis elects, and how soon, is not ours to test."""
        holder.kill()
        assert "OK" in nodes[3].ask("CLUSTER FAILOVER TAKEOVER")

    asyncio.run(nothing_lost_while(takes_over, url, clock))


def slot(node):
    return int(node.ask("CLUSTER KEYSLOT {cn-jiaxing}:").split(":")[1].split("\r")[0])


def test_an_address_names_hosts_with_or_without_ports_and_a_service():
    assert hosts("redis+sentinel://u:p@a,b:7/city", 26379) == [("a", 26379), ("b", 7)]
    with pytest.raises(ConfigError, match="names no service"):
        where("redis+sentinel://a,b", "{x}:")


@pytest.mark.parametrize("url", ["redis+sentinel://a,b:7/city/0?replicas=2", "redis+cluster://a,b:7?replicas=2"])
def test_the_settings_name_sentinels_and_clusters_as_they_name_a_server(url, tmp_path, clock):
    async def story():
        ledger = ledger_of(Settings(hub="cn-jiaxing", ledger=url, side=tmp_path / "side.db"), clock)
        assert ledger.replicas == 2
        await ledger.close()

    asyncio.run(story())
