"""Trace context: what a source states arrives with the message, and spans hang on it where somebody collects them."""

import asyncio
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from hubs import alert, settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from playing import playing, until
from servers import free_port, mosquitto

from bridge.bus import Publication
from bridge.bus.mqtt import Connection, address

TRACE = "0af7651916cd43dd8448eb211c80319c"
STATED = f"00-{TRACE}-b7ad6b7169203331-01"
TOLD = {"traceparent": STATED}
HUB = """
import asyncio, pathlib, sys
sys.path[:0] = {places!r}
from test_tracing import posted
asyncio.run(posted(pathlib.Path("regionbus.toml"), {port}))
"""


class Server:
    """Keeps what is posted to it: paths, headers and bodies."""

    def __init__(self):
        kept = self.kept = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                kept.append((self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def given(self):
        return {name: headers["traceparent"] for path, headers, body in self.kept for name in "abc" if f"<identifier>{name}<".encode() in body}


async def posted(path, port):
    """A hub that takes one alert with a trace context, and stops when it has given it."""
    async with playing(path) as hub, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.post("/in/weather", content=alert("a"), headers=TOLD)).status_code == 202
        await until(lambda: hub.hub.measures.settled["urgent"].total, 30)
        await asyncio.sleep(0.3)


def test_over_http_a_stated_context_arrives_with_the_message_and_no_other_is_made_up(tmp_path):
    port = free_port()

    async def story(path, partner):
        async with playing(path), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            for name, headers in (("a", TOLD), ("b", {}), ("c", {"traceparent": "00-xyz"})):
                assert (await client.post("/in/weather", content=alert(name), headers=headers)).status_code == 202
            await until(lambda: len(partner.given()) == 3, 30)

    with Server() as partner:
        asyncio.run(story(settings(tmp_path, way_in='http = "/in/weather"', way_out=f'http = "{partner.url}"', port=port), partner))
    assert partner.given() == {"a": STATED, "b": None, "c": None}


def test_the_context_is_no_part_of_what_is_said(tmp_path):
    port = free_port()

    async def story(path):
        async with playing(path), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            answers = [await client.post("/in/weather", content=alert("a"), headers=each) for each in (TOLD, {"Idempotency-Key": "2"})]
            return [answer.json()["messages"][0] for answer in answers]

    first, second = asyncio.run(story(settings(tmp_path, way_in='http = "/in/weather"', port=port)))
    assert (first["state"], second["state"]) == ("accepted", "repeated")
    assert first["message_id"] == second["message_id"]


def test_over_mqtt_the_user_property_arrives_with_the_message(tmp_path):
    async def story(broker):
        ways = {name: f'mqtt = "{broker.url}"\n{rest}' for name, rest in (("in", 'topics = ["weather"]'), ("out", 'topic = "region"'))}
        path = settings(tmp_path, broker.url, way_in=ways["in"], way_out=ways["out"])
        ear, voice = Connection(address(broker.url), "ear", ["region"]), Connection(address(broker.url), "voice")
        async with playing(path) as hub:
            await until(ear.connected.is_set)
            await until(hub.watched.ports["cn-jiaxing-weather-cap", "in"].connection.connected.is_set)
            await voice.publish([Publication("weather", alert("a"), properties=tuple(TOLD.items())), Publication("weather", alert("b"))])
            found = []
            while len(found) < 2:
                found += await ear.deliveries()
        await ear.close()
        await voice.close()
        return [dict(each.told).get("traceparent") for each in found]

    with mosquitto(tmp_path / "broker") as broker:
        assert asyncio.run(story(broker)) == [STATED, None]


@pytest.mark.parametrize("on", [True, False])
def test_spans_of_the_whole_way_hang_on_the_stated_context_if_somebody_collects_them(tmp_path, on):
    port = free_port()
    with Server() as collector:
        settings(tmp_path, way_in='http = "/in/weather"', port=port)
        here = Path(__file__).parent
        code = HUB.format(places=[str(here), str(here.parent)], port=port)
        named = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url} if on else {}
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | named, check=True, timeout=90, capture_output=True)
    found = {}
    for path, _, body in collector.kept:
        assert path == "/v1/traces"
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            for span in [span for scope in group.scope_spans for span in scope.spans]:
                linked = {span.trace_id.hex(), *(link.trace_id.hex() for link in span.links)}
                found[span.name] = found.get(span.name, False) or TRACE in linked
    assert found == (dict.fromkeys(("read", "seal", "accept", "publish", "give"), True) | {"take": False} if on else {})
