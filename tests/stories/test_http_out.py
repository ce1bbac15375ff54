"""A partner's server as our posts meet it: bytes on a socket, honest or not."""

import asyncio
import gzip
import ssl
import time
import tracemalloc
from contextlib import nullcontext

import pytest
import trustme

from bridge.errors import Invalid, Unavailable
from bridge.ports import Given
from bridge.ports.http import HttpOut

OK = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Answers every POST with the same bytes; ``slow`` seconds later."""

    def __init__(self, answer=OK, slow=0.0, endless=b""):
        self.answer, self.slow, self.endless = answer, slow, endless
        self.asked, self.connections, self.now, self.most, self.left = [], 0, 0, 0, asyncio.Event()

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
                self.asked.append((head, await reader.readexactly(length)))
                self.now += 1
                self.most = max(self.most, self.now)
                await asyncio.sleep(self.slow)
                self.now -= 1
                writer.write(self.answer)
                while self.endless:
                    writer.write(self.endless)
                    await writer.drain()
                    await asyncio.sleep(0.01)
        except (OSError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()


def posting(server, story, tls=None, **options):
    """Runs a story with a port to the server."""

    async def whole():
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
        host = "localhost" if tls else "127.0.0.1"
        port = HttpOut(f"http{'s' if tls else ''}://{host}:{listening.sockets[0].getsockname()[1]}/in", **options)
        try:
            async with asyncio.timeout(20):
                return await story(port)
        finally:
            await port.close()
            listening.close()

    return asyncio.run(whole())


def message(number=0, data=b"<alert/>"):
    return Given(data, f"message-{number}", "alert", "application/cap+xml")


async def give(port):
    await port.give(message())


def failing(answer, **options):
    """Why the answer is no success."""

    async def story(port):
        with pytest.raises((Unavailable, Invalid)) as error:
            await give(port)
        return error.value

    return posting(Server(answer, **options), story)


def test_a_message_is_posted_whole_with_its_type_its_id_and_what_the_partner_wants_to_see():
    server = Server()
    posting(server, give, headers={"Authorization": "Bearer s3cret"})
    ((head, body),) = server.asked
    assert body == b"<alert/>"
    for line in (b"POST /in HTTP/1.1", b"Content-Type: application/cap+xml", b"Idempotency-Key: message-0", b"Authorization: Bearer s3cret"):
        assert line in head.split(b"\r\n")


def test_one_connection_serves_many_messages():
    async def story(port):
        for number in range(20):
            await port.give(message(number))

    server = Server()
    posting(server, story)
    assert (server.connections, len(server.asked)) == (1, 20)


def test_a_partner_may_have_many_messages_under_way_at_once():
    async def story(port):
        await asyncio.gather(*(port.give(message(number)) for number in range(port.width)))
        await asyncio.gather(*(port.give(message(number)) for number in range(port.width)))
        return port.width

    server = Server(slow=0.2)
    width = posting(server, story)
    assert server.most == server.connections == width


def test_an_id_of_another_hub_cannot_write_headers():
    async def story(port):
        await port.give(message()._replace(message_id="a\r\nX-Forged: 1\r\n\r\né"))

    server = Server()
    posting(server, story)
    assert b"Idempotency-Key: a%0D%0AX-Forged:%201%0D%0A%0D%0A%C3%A9\r\n" in server.asked[0][0]


@pytest.mark.parametrize("status", [b"200 OK", b"422 No"])
def test_an_answer_without_end_is_left_after_a_few_kilobytes(status):
    async def story(port):
        tracemalloc.start()
        try:
            await asyncio.gather(give(port), return_exceptions=True)
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()
        await asyncio.wait_for(server.left.wait(), 5)

    server = Server(b"HTTP/1.1 " + status + b"\r\nTransfer-Encoding: chunked\r\n\r\n", endless=b"10000\r\n" + bytes(0x10000) + b"\r\n")
    posting(server, story)


@pytest.mark.parametrize("body", [gzip.compress(bytes(50 * 1024 * 1024)), b"no gzip at all"], ids=["a bomb", "not packed"])
def test_a_packed_answer_is_never_unpacked(body):
    head = f"HTTP/1.1 422 No\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    tracemalloc.start()
    try:
        error = failing(head + body)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert error.details == {"status": 422, "reason": ""}


def test_what_the_partner_says_against_a_message_is_kept_with_it():
    error = failing("HTTP/1.1 422 No\r\nContent-Length: 12\r\n\r\n没有标题".encode())
    assert (error.code, error.at, error.details["reason"]) == ("refused-by-partner", "422", "没有标题")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 ",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    ],
    ids=["nothing", "a piece", "another protocol", "cut off", "a head without end"],
)
def test_what_is_no_whole_answer_is_none(answer):
    class Hanging(Server):
        async def serve(self, reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answer)
            writer.close()

    async def story(port):
        with pytest.raises(Unavailable):
            await give(port)

    posting(Hanging(answer), story)


def test_who_drips_is_away(monkeypatch):
    monkeypatch.setattr("bridge.ports.web.WHOLE", 0.5)
    begun = time.monotonic()
    assert isinstance(failing(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n", endless=b"x"), Unavailable)
    assert time.monotonic() - begun < 3


def test_who_does_not_answer_is_away(monkeypatch):
    monkeypatch.setattr("bridge.ports.web.READ", 0.2)
    assert isinstance(failing(OK, slow=5), Unavailable)


def test_an_address_that_cannot_be_one_ends_nothing_but_the_giving():
    async def story(port):
        port.url = port.url.replace("//", "//user:word@")
        with pytest.raises(Unavailable):
            await give(port)

    posting(Server(), story, headers={"Authorization": "Bearer s3cret"})


def test_redirects_are_not_followed():
    error = failing(b"HTTP/1.1 307 There\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
    assert isinstance(error, Unavailable)
    assert "307" in str(error)


@pytest.mark.parametrize(("words", "seconds"), [(b"7", 7), (b"soon", None), ("²".encode(), None)])
def test_retry_after_is_waited_for(words, seconds):
    error = failing(b"HTTP/1.1 503 Later\r\nRetry-After: " + words + b"\r\nContent-Length: 0\r\n\r\n")
    assert error.retry_after == seconds


@pytest.mark.parametrize("known", [True, False])
def test_only_a_partner_whose_certificate_is_vouched_for_gets_messages(tmp_path, monkeypatch, known):
    ours, theirs = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("localhost").configure_cert(context)
    (ours if known else theirs).cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))

    async def story(port):
        with nullcontext() if known else pytest.raises(Unavailable, match="certificate"):
            await give(port)

    server = Server()
    posting(server, story, tls=context)
    assert len(server.asked) == known
