"""EDXL-DE read: the envelope, and what it says of what is inside."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from adapters._ciq import Tree
from adapters._de_area import read_first, read_second
from adapters._de_contents import documents, opaque, ready
from adapters._de_words import HEAD, HUB, KINDS, LISTS, MODES, OBJECT, ROLE, SCHEME, SECRECY, SPACES, TOLD, WRITTEN
from bridge import Invalid, Lenient, Malformed, Parts, Said, Says, native, xml

if TYPE_CHECKING:
    from adapters.edxl_de import EdxlDe


class Reading(Lenient):
    """One distribution being read."""

    def __init__(self, adapter: "EdxlDe", root: xml.Element) -> None:
        """Editions are told by their namespace."""
        super().__init__(adapter.name, "", adapter.zone)
        self.adapter, self.root = adapter, root
        if (space := xml.namespace(root)) not in SPACES.values():
            if space:
                raise Invalid("wrong-value", xml.name(root), value=space, wanted=" or ".join(SPACES.values()))
            self.odd(xml.name(root), "no namespace")

    def said(self) -> Iterator[Said]:
        """What every content says, with what the envelope says of it."""
        order = (*HEAD, *TOLD, "descriptor", "content", "contentObject", "other")
        parts = self.parts(self.root, "", order)
        ours = self.must(parts, "distributionID", "")
        says = self.head(parts)
        told = {name: elements for name, elements in parts.items() if name in TOLD}
        for element in parts.get("descriptor", ()):
            told |= self.parts(element, "descriptor/", TOLD)
        says |= self.told(told)
        contents = [
            *parts.get("contentObject", ()),
            *(each for whole in parts.get("content", ()) for each in whole if xml.name(each) == "contentObject"),
        ]
        found = [each for index, element in enumerate(contents) for each in self.content(element, ours, index)]
        for index, (each, more) in enumerate(found):
            yield self.merged(each, more, says, ours if len(found) == 1 else f"{ours}#{index}", ours)

    def head(self, parts: Parts) -> Tree:
        """Who says it, when and how it is meant."""
        sender, sent = self.must(parts, "senderID", ""), self.time(parts, "dateTimeSent", "")
        if sent is None:
            raise Malformed("missing", "dateTimeSent")
        status = self.symbol(parts, "distributionStatus", "", (*MODES, "Unknown", "NoAppropriateDefault"))
        kind = self.word(parts, "distributionKind", "") or self.word(parts, "distributionType", "")
        if kind is None or (status == "Unknown" and "distributionStatus" not in parts):
            raise Malformed("missing", "distributionKind" if kind is None else "distributionStatus")
        if kind not in KINDS and kind not in ("Unknown", "NoAppropriateDefault"):
            self.odd("distributionKind", f"'{kind}' is not in the list")
        if kind not in KINDS or KINDS[kind] != kind:
            self.keep("distributionKind", kind)
        if status == "System":
            self.keep("distributionStatus", status)
        if sender != self.adapter.owner:
            self.keep("senderID", sender)
        ends = self.time(parts, "dateTimeExpires", "")
        return {
            "mode": MODES.get(status),
            "action": KINDS.get(kind),
            "sent": sent,
            "expires_at": ends if ends and ends.year < 9999 else None,
        }

    def told(self, parts: Parts) -> Tree:
        """To whom it goes, and what else is said of it, which is kept."""
        secrecy = self.word(parts, "combinedConfidentiality", "")
        means = next((SECRECY[word] for word in (secrecy or "").upper().split() if word in SECRECY), None)
        if secrecy and secrecy not in (*WRITTEN.values(), "Classified"):
            self.keep("combinedConfidentiality", secrecy)
        recipients: list[str] = []
        for index, element in enumerate(parts.get("explicitAddress", ())):
            at = f"explicitAddress/{index}/"
            inside = self.parts(element, at, ("explicitAddressScheme", "explicitAddressValue"))
            scheme = self.word(inside, "explicitAddressScheme", at)
            values = [words for each in inside.get("explicitAddressValue", ()) if (words := (each.text or "").strip())]
            if not values:
                raise Malformed("missing", f"{at}explicitAddressValue")
            recipients += values
            if scheme and scheme not in (SCHEME, HUB):
                self.keep(f"{at}explicitAddressScheme", scheme)
        references = [(each.text or "").strip() for each in parts.get("distributionReference", ())]
        for index, triple in enumerate(references):
            self.keep(f"distributionReference/{index}", triple)
        area, others = read_first(self, parts.pop("targetArea", [])), parts.pop("targetAreas", [])
        if others:
            area, others = read_second(others)
        parts |= {"targetAreas": others} if others else {}
        roles, keywords = self.listed_words(parts, "recipientRole"), self.listed_words(parts, "keyword")
        self.rest(parts, "", ("combinedConfidentiality", "language", "recipientRole", "keyword", "explicitAddress", "distributionReference"))
        return {
            "confidentiality": means,
            "lang": self.word(parts, "language", ""),
            "recipients": recipients,
            "recipient_roles": roles,
            "keywords": keywords,
            "area": area,
            "references": [triple.partition(",")[0] for triple in references if triple],
        }

    def listed_words(self, parts: Parts, name: str) -> list[str]:
        """The values out of lists; the name of a list that is not ours is kept under the number of its first value."""
        found: list[str] = []
        for element in parts.get(name, ()):
            scheme, *words = codes(element) or [""]
            if words and scheme != (ROLE if not found else None):
                self.keep(f"{name}/{len(found)}/valueListUrn", scheme)
            elif scheme and not words:
                self.odd(name, f"'{scheme}' without a value")
            found += filter(None, words)
        return found

    def rest(self, parts: Parts, at: str, taken: tuple[str, ...]) -> None:
        """Keeps what has no home: lists of codes by their names, all else as a tree."""
        for name, elements in parts.items():
            if name not in taken:
                trees = [codes(each) if name in LISTS else silenced(xml.tree(each)) for each in elements]
                self.keep(f"{at}{name}", native.pack([tree for tree in trees if tree]))

    def content(self, element: xml.Element, ours: str, index: int) -> list[tuple[Said, Tree]]:
        """What one content says, and what is kept of it."""
        at = f"contentObject/{index}"
        parts = self.parts(element, f"{at}/", OBJECT)
        for each in parts.get("contentDescriptor", ()):
            parts |= self.parts(each, f"{at}/", OBJECT)
        title = self.word(parts, "contentDescription", f"{at}/")
        parts |= {"contentDescription": parts["contentDescription"][:1]} if title else {}  # what stands beside it has been kept
        before = set(self.extensions)
        self.rest(parts, "contentObject/", ("contentDescriptor", "nonXMLContent", "xmlContent", "contentXML", "otherContent", "other"))
        mine = {key: self.extensions.pop(key) for key in set(self.extensions) - before}
        said = [
            each
            for data, kind in documents(self, parts, at)
            for each in (self.adapter.payload(ready(data, ours), at) or [opaque(data, kind, ours, title)])
        ]
        return [(each, mine) for each in said]

    def merged(self, said: Said, more: Tree, says: Tree, local: str, ours: str) -> Said:
        """The record, and what both say of the message: what is inside knows its own ids, an exercise on either side is one."""
        own = said.says.model_dump(exclude_defaults=True)
        if says["mode"] in ("Exercise", "Test") and own.get("mode") == "Actual":
            self.odd("distributionStatus", f"{says['mode']} around what says Actual")
        mode = says["mode"] if says["mode"] not in (None, "Actual") else own.get("mode") or says["mode"]
        found = {"message_id": local, "correlation_id": ours} | own
        found |= {name: value for name, value in says.items() if value not in (None, [], ()) and not (name == "references" and own.get(name))}
        kept = self.extensions | more
        record = said.record.model_copy(update={"extensions": {**said.record.extensions, **kept}})  # type: ignore[attr-defined]
        return Said(record, Says.model_validate(found | {"mode": mode}), (*self.deviations, *said.deviations))


def silenced(tree: Any) -> Any:
    """The tree without what says nothing."""
    return {key: value for key, value in tree.items() if value not in native.SILENT} if isinstance(tree, dict) else tree.strip()


def codes(element: xml.Element) -> list[str]:
    """The name of a list, and the values out of it."""
    return [(each.text or "").strip() for each in element]
