"""The topics of the bus, what travels on them and who says it, as AsyncAPI 3: ``python -m bridge.cli.asyncapi`` prints docs/asyncapi.yaml."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from bridge import topics, wire
from bridge.kinds import CLASSES, FAMILIES, lane
from bridge.topics import Data, To

AVRO = "application/vnd.apache.avro;version=1.11.0"
Part = dict[str, Any]
INTRODUCTION = """\
Hubs of neighbouring cities carry records of their agencies over MQTT 5 (3.1.1 works, too). Each hub has a broker and is the only one that writes there;
neighbours read, and ask for what they have missed. Every payload but the lists of schemas is Avro in single-object encoding (Avro 1.11: C3 01, the CRC-64-AVRO
of the schema, the datum). A record travels as the payload of an Envelope, which is never re-encoded, inside a Carrier, which each hub writes anew. All
publications are QoS 1 but the ping. Schemas are the frozen ones of schemas/past; each is also retained on the bus under rb/1/meta."""
PARAMETERS = {
    "agency": "who says it, such as cn-jiaxing-fire",
    "view": "the edition of the agency's records; full is all of it",
    "mode": "never mixed",
    "family": "of the emergency (GB/T 35561)",
    "province": "two digits (GB/T 2260); 00 for the nation",
    "division": "six digits (GB/T 2260); 000000 for the nation",
    "recipient": "the agency, or the group, that it is addressed to",
    "hub": "the hub that says it, or is asked",
    "asker": "the hub that asks",
    "request": "the id of the request, drawn by who asks",
    "sha256": "the first 16 hexadecimal digits of the SHA-256 of the schema's text",
    "topic": "the levels of the message's own topic behind rb/1/",
}
ENUMS = {"mode": [*topics.NAMES], "family": [*dict.fromkeys(FAMILIES.values()), "none"]}
PLACES = {name: f"{{{name}}}" for name in PARAMETERS}


def avro(name: str) -> Part:
    """A reference to the schema that a record is written with today."""
    return {"schemaFormat": AVRO, "schema": {"$ref": f"../schemas/past/{name}-{wire.language().today[name].sha256[:16]}.avsc"}}


def message(summary: str, schema: str, media: str = "application/vnd.apache.avro") -> Part:
    """What travels."""
    return {"summary": summary, "contentType": media, "payload": {"$ref": f"#/components/schemas/{schema}"}}


def messages() -> Iterator[tuple[str, Part]]:
    """By name."""
    for kind, cls in CLASSES.items():
        inside = {name: {"$ref": f"#/components/schemas/{name}"} for name in ("Envelope", cls.__name__)}
        yield kind, message(f"{cls.__name__} in an Envelope in a Carrier", "Carrier") | {"x-lane": lane(kind), "x-inside": inside}
    yield "presence", message("that a hub is there, and what its agencies take; also its last will", "Presence")
    yield "heads", message("how far every stream of a hub has come", "Heads")
    yield "schemas", message("which schemas a hub writes with", "SchemaList", "application/json")
    yield "schema", message("one schema, whole", "Schema", "application/json")
    yield "ask", message("a stretch of a stream that is missing, or a snapshot of all that is newest", "Ask")
    yield "answered", message("one message again, as it was", "Carrier")
    yield "answer", message("the end of an answer: what was sent, and whether that is all", "Answer")
    yield (
        "ping",
        message("eight bytes of the process and eight that count; what comes back proves that the bus carries", "Ping", "application/octet-stream"),
    )


def channels() -> Iterator[tuple[str, str, str, bool]]:
    """Name, address, message and whether it is retained."""
    level = PLACES
    for kind in CLASSES:
        if kind != "receipt":
            place = Data(level["agency"], level["view"], level["mode"], kind, level["family"], level["province"], level["division"])
            yield f"data-{kind}", str(place), kind, False
        yield f"to-{kind}", str(To(level["recipient"], level["agency"], level["mode"], kind)), kind, False
    hub, asker, request = level["hub"], level["asker"], level["request"]
    for what in ("presence", "heads"):
        yield f"state-{what}", topics.state(hub, what), what, True
    yield "meta-schemas", topics.schemas(hub), "schemas", True
    yield "meta-schema", f"{topics.ROOT}/meta/schema/{level['sha256']}", "schema", True
    for what, name in (("replay", "ask"), ("snapshot", "ask"), ("ping", "ping")):
        yield f"ask-{what}", topics.ask(hub, asker, what), name, False
    yield "answer-message", f"{topics.answer(hub, asker, request)}/{level['topic']}", "answered", False
    yield "answer-end", topics.answer(hub, asker, request), "answer", False


def operations() -> Iterator[tuple[str, Part]]:
    """Of a hub: on its own broker it says, on its neighbours' it hears; asking goes to the neighbour's."""
    for name, _, _, retained in channels():
        asking = name.startswith("ask-")
        where = {"channel": {"$ref": f"#/channels/{name}"}}
        said = {"qos": 0 if name == "ask-ping" else 1, "retain": retained}
        own, other = "on the hub's own broker", "on the broker of each neighbour that it pulls from"
        yield f"say-{name}", {"action": "send", **where, "summary": other if asking else own, "bindings": {"mqtt": said}}
        yield f"hear-{name}", {"action": "receive", **where, "summary": own if asking else f"{own}, and {other}"}


def document() -> Part:
    """All of it."""
    names = ["Carrier", "Envelope", *(cls.__name__ for cls in CLASSES.values()), "Presence", "Heads", "Ask", "Answer"]
    listed = {name: {"type": "string"} for name in ("name", "fingerprint", "sha256")}
    plain = {
        "SchemaList": {"type": "array", "items": {"type": "object", "required": list(listed), "properties": listed}},
        "Schema": {"type": "object", "description": "an Avro schema"},
        "Ping": {"type": "string", "format": "binary", "minLength": 16, "maxLength": 16},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "regionbus",
            "version": version("regionbus"),
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "servers": {
            "hub": {
                "host": "{broker}:8883",
                "protocol": "secure-mqtt",
                "protocolVersion": "5.0",
                "variables": {"broker": {"description": "a hub's broker", "default": "cn-jiaxing-bus"}},
                "security": [{"$ref": "#/components/securitySchemes/account"}],
            }
        },
        "channels": {name: _channel(address, name_of) for name, address, name_of, _ in channels()},
        "operations": dict(operations()),
        "components": {
            "schemas": {**{name: avro(name) for name in names}, **plain},
            "messages": dict(messages()),
            "parameters": {name: {"description": words, **({"enum": ENUMS[name]} if name in ENUMS else {})} for name, words in PARAMETERS.items()},
            "securitySchemes": {"account": {"type": "userPassword", "description": "one account for each connection, named as its client id"}},
        },
    }


def _channel(address: str, name: str) -> Part:
    asked = [each for each, place in PLACES.items() if place in address]
    return {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "parameters": {each: {"$ref": f"#/components/parameters/{each}"} for each in asked},
    }


def lines(value: Any, pad: str = "") -> Iterator[str]:
    """A document as YAML: tables by indentation, all else as JSON, which YAML holds."""
    for name, inner in value.items():
        if isinstance(inner, dict) and inner and not (len(inner) == 1 and "$ref" in inner):
            yield f"{pad}{json.dumps(name) if name.startswith('$') else name}:"
            yield from lines(inner, f"{pad}  ")
        else:
            yield f"{pad}{json.dumps(name) if name.startswith('$') else name}: {json.dumps(inner, ensure_ascii=False)}"


def page() -> str:
    """The text of docs/asyncapi.yaml."""
    return "# Generated by `make generate`: topics, records and operations as the code has them.\n" + "\n".join(lines(document())) + "\n"


if __name__ == "__main__":
    print(page(), end="")
