"""The picture: the newest word on every subject that a hub knows, and what is where (DESIGN section 1)."""

from collections.abc import Iterator
from datetime import datetime

from bridge.entries import Entry, Key
from bridge.finding import Page, Query, Shown, Still
from bridge.ground import Ground
from bridge.kinds import NEWEST_WINS
from bridge.records import Mode


class Picture:
    """Every agency's newest word on every subject."""

    def __init__(self) -> None:
        """Empty."""
        self.layers: dict[Mode, Layer] = {}

    def put(self, entry: Entry) -> bool:
        """Unless its agency has a newer word on the subject; whether it is shown now."""
        return self.layers.setdefault(entry.envelope.mode, Layer()).put(entry)

    def word(self, entry: Entry) -> Entry | None:
        """What its agency has said of the subject so far."""
        return self.layers.get(entry.envelope.mode, Layer()).word(entry)

    def drop(self, entry: Entry) -> None:
        """Forgets it, unless there is a newer one."""
        self.layers[entry.envelope.mode].drop(entry)

    def still(self, mode: Mode) -> Still:
        """One mode as it is now."""
        return self.layers.get(mode, Layer()).still()

    def find(self, query: Query, now: datetime) -> Page:
        """A page of what is asked for."""
        return self.still(query.mode).find(query, now)


class Layer:
    """One mode of it: modes are never mixed."""

    def __init__(self) -> None:
        """Empty."""
        self.words: dict[Key, dict[str, Entry]] = {}
        """By subject and agency."""
        self.shown: dict[Key, Shown] = {}
        self.ground: Ground[Key] = Ground()
        self.retired: dict[tuple[str, str], str] = {}
        """Warnings, by agency and subject, and which warning has retired them."""

    def put(self, entry: Entry) -> bool:
        """See ``Picture``."""
        said, known = entry.envelope, self.word(entry)
        if known and said.kind in NEWEST_WINS and known.place >= entry.place:
            return False
        if known:
            self._unretire(known)
        self.words.setdefault(entry.key, {})[said.agency] = entry
        self.retired.update(((said.agency, subject), said.subject) for subject in entry.retires)
        self._settle(entry.key)
        return True

    def word(self, entry: Entry) -> Entry | None:
        """See ``Picture``."""
        return self.words.get(entry.key, {}).get(entry.envelope.agency)

    def drop(self, entry: Entry) -> None:
        """See ``Picture``."""
        words, agency = self.words.get(entry.key, {}), entry.envelope.agency
        if words.get(agency) is not entry:
            return
        self._unretire(entry)
        del words[agency]
        if not words:
            del self.words[entry.key]
        self._settle(entry.key)

    def still(self) -> Still:
        """As it is now."""
        return Still(dict(self.shown), set(self.retired), self.ground.copy())

    def _unretire(self, entry: Entry) -> None:
        said = entry.envelope
        for subject in entry.retires:
            if self.retired.get((said.agency, subject)) == said.subject:
                del self.retired[said.agency, subject]

    def _settle(self, key: Key) -> None:
        """What is shown of a subject now, and where; with its state a resource moves, and its owner says whose state counts."""
        kind, subject = key
        for each in _pair(subject) if kind in ("resource", "resource-state") else (key,):
            entry, state = self._counts(each)
            if entry is None:
                self.shown.pop(each, None)
            else:
                self.shown[each] = Shown(entry, state, tuple(sorted(self.words[each].keys() - {entry.envelope.agency})))
            self.ground.put(each, (state and state.ground) or (entry and entry.ground) or None)

    def _counts(self, key: Key) -> tuple[Entry | None, Entry | None]:
        """Whose word counts, and of a resource its state."""
        kind, subject = key
        words = self.words.get(key)
        if kind == "resource-state":
            resource = best(self.words.get(("resource", subject)))
            return best(words, resource.owner if resource else None), None
        entry = best(words)
        if kind != "resource" or entry is None:
            return entry, None
        return entry, best(self.words.get(("resource-state", subject)), entry.owner)


def _pair(subject: str) -> Iterator[Key]:
    yield "resource", subject
    yield "resource-state", subject


def best(words: dict[str, Entry] | None, owner: str | None = None) -> Entry | None:
    """The word that counts."""
    if not words:
        return None
    return max(words.values(), key=lambda entry: entry.rank(owner)) if len(words) > 1 else next(iter(words.values()))
