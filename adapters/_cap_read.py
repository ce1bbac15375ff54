"""CAP read leniently."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from adapters._cap_parts import Parts
from adapters._cap_words import CATEGORIES, COLOR_PARAMETER, JUDGED, RESPONSES, SCOPES, SPACE, STATUS, TYPES, VERSIONS, Tree, color_of, stated
from adapters._cap_write import canonical, split
from bridge import Alert, Field, Invalid, Lenient, Order, Said, Table, table, xml

if TYPE_CHECKING:
    from adapters.cap import Cap


class Reading(Parts):
    """One alert being read."""

    def __init__(self, adapter: "Cap", prefix: str, space: str = SPACE) -> None:
        """``prefix`` is where the alert stands in its document, ``space`` its namespace."""
        if space not in VERSIONS:
            raise Invalid("wrong-value", f"{prefix}alert", value=space, wanted=SPACE)
        mark = f"{{{space}}}" if space else ""
        super().__init__(prefix, adapter.zone, VERSIONS[space], mark)
        self.adapter = adapter
        self.alerts, self.infos = tables(mark)
        if not space:
            self.odd("alert", "no namespace")

    def said(self, root: xml.Element) -> Said:
        """The alert."""
        return self.alert(self.fields(root, "", self.alerts))

    def alert(self, found: Tree) -> Said:
        """The alert of what its elements say."""
        for name, field in (("identifier", "identifier"), ("sender", "sender"), ("sent", "sent_text"), ("status", "status"), ("msgType", "msg_type")):
            if found.get(field) is None:
                raise Invalid("empty" if field in found else "missing", f"{self.prefix}{name}")
        sent = found["sent"] = self.when(found["sent_text"], "sent")
        if found["sent_text"].endswith("-00:00") and found["sent_text"] == canonical(sent):
            del found["sent_text"]
        found["scope"] = self.scope(found)
        found["addresses"], found["incidents"] = split(found.get("addresses")), split(found.get("incidents"))
        found["codes"] = tuple(filter(None, found.get("codes", ())))
        found["references"] = self.references(found)
        found["extensions"] = self.extensions
        record = Alert.model_validate(found)
        return Said(record, stated(record), tuple(self.deviations))

    def scope(self, found: Tree) -> Any:
        """The scope; only CAP 1.0, and sources whose settings say so, may be silent about it."""
        if "scope" not in found and (self.version == "1.0" or self.adapter.scope != "Unknown"):
            self.odd("scope", f"missing, {self.adapter.scope} assumed")
            return self.adapter.scope
        if found.get("scope") is None:
            raise Invalid("empty" if "scope" in found else "missing", f"{self.prefix}scope")
        return found["scope"]

    def references(self, found: Tree) -> tuple[str, ...]:
        """Triples ``sender,identifier,sent``; an update must name what it updates (CAP 1.2 section 3.2.1)."""
        triples, msg_type = tuple((found.get("references") or "").split()), found["msg_type"]
        if not triples and msg_type != "Alert":
            if "references" in found:
                raise Invalid("names-nothing", f"{self.prefix}references", kind=msg_type, does=msg_type.lower() + "s")
            self.odd("references", "missing")
        for index, triple in enumerate(triples):
            if triple.count(",") != 2:
                self.odd(f"references/{index}", "not sender,identifier,sent")
        return triples

    def info(self, element: xml.Element, at: str) -> Tree:
        """One info block."""
        return self.block(self.fields(element, f"{at}/", self.infos), at)

    def block(self, found: Tree, at: str) -> Tree:
        """The info block of what its elements say."""
        if found.get("event") is None:
            self.odd(f"{at}/event", "missing")
            found["event"] = ""
        found["categories"] = tuple(filter(None, found.get("categories", ())))
        if not found["categories"]:
            self.odd(f"{at}/category", "missing, Other assumed")
            found["categories"] = ("Other",)
        found["response_types"] = tuple(filter(None, found.get("response_types", ())))
        for name in JUDGED:
            if found.get(name) is None:
                if name in found:
                    raise Invalid("empty", f"{self.prefix}{at}/{name}")
                self.odd(f"{at}/{name}", "missing")
                found[name] = "Unknown"
        found["lang"] = found.get("lang") or "en-US"  # CAP 1.2 section 3.2.2
        if parameters := found.get("parameters"):
            found["color"] = color_of((pair["scheme"], pair["code"]) for pair in parameters)
            found["parameters"] = [pair for pair in parameters if pair["scheme"] != COLOR_PARAMETER]
        return found


def chosen(allowed: Sequence[str]) -> Callable[[Lenient, str, str], str]:
    """Reads a word of a list; what is strange is Unknown, and kept aside."""
    return lambda reading, words, at: reading.choice(reading.clean(words, at), at, allowed) or "Unknown"


def several(allowed: Sequence[str]) -> Callable[[Lenient, xml.Element, str], str | None]:
    """Reads a word of a list that may repeat; what is strange is kept aside."""
    return lambda reading, element, at: reading.choice((element.text or "").strip(), at, allowed)


def demanded(allowed: Sequence[str]) -> Callable[[Lenient, str, str], str]:
    """Reads a word of a list without which nobody knows how to take the alert."""
    return lambda reading, words, at: reading.one_of(reading.clean(words, at), at, allowed)


ALERT: Order = {
    "identifier": Field("identifier", Lenient.clean),
    "sender": Field("sender", Lenient.clean),
    "sent": Field("sent_text", Lenient.clean),
    "status": Field("status", demanded(STATUS)),
    "msgType": Field("msg_type", demanded(TYPES)),
    "source": Field("source"),
    "scope": Field("scope", demanded(SCOPES)),
    "restriction": Field("restriction"),
    "addresses": Field("addresses"),
    "code": Field("codes", lambda _, element, __: (element.text or "").strip(), many=True),
    "note": Field("note"),
    "references": Field("references"),
    "incidents": Field("incidents"),
    "info": Field("infos", Reading.info, many=True),
}
INFO: Order = {
    "language": Field("lang", Reading.language),
    "category": Field("categories", several(CATEGORIES), many=True),
    "event": Field("event"),
    "responseType": Field("response_types", several(RESPONSES), many=True),
    **{name: Field(name, chosen(allowed)) for name, allowed in JUDGED.items()},
    "audience": Field("audience"),
    "eventCode": Field("event_codes", Reading.code, many=True),
    "effective": Field("effective", Lenient.when),
    "onset": Field("onset", Lenient.when),
    "expires": Field("expires", Lenient.when),
    "senderName": Field("sender_name"),
    "headline": Field("headline"),
    "description": Field("description"),
    "instruction": Field("instruction"),
    "web": Field("web", Lenient.clean),
    "contact": Field("contact"),
    "parameter": Field("parameters", Reading.code, many=True),
    "resource": Field("resources", Reading.resource, many=True),
    "area": Field("areas", Reading.area, many=True),
}


@cache
def tables(space: str) -> tuple[Table, ...]:
    """An alert and its infos in one of CAP's namespaces."""
    return tuple(table(order, space) for order in (ALERT, INFO))
