"""Receipts on their way to the author: many at once, each message's together."""

import asyncio
import json
from datetime import UTC, datetime

from hubs import alert, settings
from playing import Partner, playing, until

from bridge import receipts, wire
from bridge.ledger import Message
from bridge.links.courier import documents
from bridge.records import Carrier, Envelope

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)
SAID = Envelope.trusted(message_id="m-1", agency="cn-a", mode="Actual", kind="alert", subject="s", ack_requested="Delivered")


def journalled(recipient, **changed):
    sealed = receipts.receipt(SAID, recipient, "delivered", NOW, by="cap")
    data = wire.encode(sealed.envelope.model_copy(update=changed))
    return Message(str(sealed.topic), sealed.envelope.message_id, Carrier(hub="h", stream=sealed.stream, epoch=1, sequence=1, envelope=data))


def test_a_receipt_that_cannot_be_read_does_not_hold_up_those_that_can():
    found = documents([journalled("cn-b", payload=b"ruin"), journalled("cn-c", kind="plan"), journalled("cn-d")])
    assert [(each["message_id"], each["recipient_id"], each["stage"]) for each in found] == [("m-1", "cn-d", "Delivered")]


def test_every_one_of_many_messages_finds_its_receipt(tmp_path):
    async def whole():
        async with playing(settings(tmp_path)) as hub:
            for number in range(40):
                (tmp_path / "in" / f"{number}.xml").write_bytes(alert(f"a{number}"))
            await until(lambda: len(list((tmp_path / "in" / "receipts").glob("*.json"))) == 40)
            given = {file.stem for file in (tmp_path / "out").glob("*.xml")}
            told = [json.loads(file.read_text()) for file in (tmp_path / "in" / "receipts").glob("*.json")]
            assert {receipt["message_id"] for (receipt,) in told} == given
            await until(lambda: not hub.hub.feeds.all["receipts/cn-jiaxing-weather"].busy)

    asyncio.run(whole())


def test_an_author_with_a_callback_is_told_there_and_one_that_refuses_holds_up_nobody(tmp_path):
    async def whole(url):
        path = settings(tmp_path)
        path.write_text(path.read_text().replace('folder = "in"', f'folder = "in"\ncallback = "{url}"'))
        async with playing(path):
            for name in ("a", "b", "c"):
                (tmp_path / "in" / f"{name}.xml").write_bytes(alert(name))
            await until(lambda: len(partner.asked) >= 3)

    with Partner([410]) as partner:
        asyncio.run(whole(partner.url))
    told = [receipt for body in partner.accepted.values() for receipt in json.loads(body)]
    assert sorted(status for _, status, _ in partner.asked) == [200, 200, 410]
    assert {receipt["stage"] for receipt in told} == {"Delivered"}
