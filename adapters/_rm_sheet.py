"""What every part of a message of EDXL-RM is written with."""

from adapters import _ciq
from adapters._ciq import Tree
from adapters._rm import MESSAGES, SPACE, TYPES, WRITTEN
from adapters._rm_opened import default
from bridge import Adapter, CodedValue, ResourceRequest, Says, Unsupported, native, xml


class Sheet:
    """One message."""

    def __init__(self, adapter: Adapter, record: ResourceRequest, says: Says) -> None:
        """The message is the one that the step asks for, or the one in which it came."""
        self.adapter, self.record, self.says = adapter, record, says
        came = record.extensions.get(f"{adapter.name}:MessageContentType")
        self.verb = WRITTEN.get(record.step, "")
        if came in MESSAGES and (record.step == "Cancel" or (came == "CommitResource" and record.step in ("Decline", "Provisional"))):
            self.verb = came
        if not self.verb:
            raise self.cannot("step", "it has no message for it")
        self.message, self.default = MESSAGES[self.verb], default(record.step)
        self.types: list[str] = []

    def cannot(self, at: str, reason: str) -> Unsupported:
        """The refusal."""
        return Unsupported("cannot-say", at, format=self.adapter.name, reason=reason)

    def word(self, words: str, at: str) -> str:
        """A word that reads back."""
        return _ciq.word(words, at, self.adapter.name)

    def kept(self, at: str) -> str | None:
        """What the message had there that has no home in the record."""
        words = self.record.extensions.get(f"{self.adapter.name}:{at}")
        return words if words and not words.isspace() else None

    def tree(self, at: str) -> Tree:
        """The same for elements."""
        found = native.unpack(self.kept(at) or "")
        return found if isinstance(found, dict) else {}

    def add(self, parent: xml.Element, name: str, words: str | None, at: str = "", space: str = SPACE) -> None:
        """An element, where something is said."""
        if told := _ciq.said(words, at or name, self.adapter.name):
            xml.add(parent, name, told, space)

    def listed(self, parent: xml.Element, name: str, code: CodedValue, at: str, space: str = SPACE) -> None:
        """One code and the URN of its list."""
        element = xml.add(parent, name, None, space)
        xml.add(element, "ValueListURN", _ciq.urn(code.scheme), TYPES)
        xml.add(element, "Value", self.word(code.code, at), TYPES)
