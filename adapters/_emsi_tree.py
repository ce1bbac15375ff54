"""Between EMSI's tree and a record: what its rows find, and where they put it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from adapters._emsi_codes import family, listing, meaning
from adapters._emsi_forms import NOWHERE, stated
from adapters._emsi_grammar import Tree
from adapters._emsi_kept import planted
from adapters._emsi_rows import MUST, REQUIRED, ROWS, SAYS, Row
from bridge import Incident, Record, Resource, ResourceState, Says, Unsupported, losses, native

if TYPE_CHECKING:
    from adapters.emsi import Emsi


def nested(found: Tree) -> Tree:
    """``location.note`` as the note of a location."""
    tree: Tree = {}
    for shared, value in found.items():
        node = tree
        *way, last = shared.split(".")
        for step in way:
            node = node.setdefault(step, {})
        node[last] = value
    return tree


def agree(record: Record, tree: Tree, my: "Emsi") -> None:
    """A native code must not mean another than the shared word beside it; a state that can say nothing says that."""
    if isinstance(record, Incident) and (family(tree["EVENT"].get("ETYPE", {})) or "Unknown") != record.category:
        tree["EVENT"].pop("ETYPE", None)  # a category made from a family would invent detail
    elif isinstance(record, Resource):
        kinds, table = tree["RESOURCE"].setdefault("RTYPE", {}), listing("resource-class")
        if (meaning("resource-class", kinds.get("RCLASS", ())) or "Unknown") != record.kind:
            kinds["RCLASS"] = [code] if (code := table.writes(record.kind)) else []
    elif isinstance(record, ResourceState):
        resource = tree["RESOURCE"]
        if (taken(my, ROWS[ResourceState], tree).get("availability") or "Unknown") != record.availability:
            resource["STATUS"] = stated("resource-status", record.availability)
        if not (resource.get("STATUS") or any(resource.get("RGEO", ()))):
            resource["RGEO"] = [{"FREETEXT": NOWHERE}]


def taken(my: "Emsi", table: Iterable[Row], tree: Tree) -> Tree:
    """What rows find in a tree."""
    found: Tree = {}
    for row in table:
        value = native.find(tree, row.path)
        if value not in native.SILENT and (said := row.take(value, row.of, my)) not in native.SILENT:
            found[row.shared] = said
    return found


def spoken_tree(record: Record, says: Says, my: "Emsi") -> Tree:
    """The tree that says a record; ``Unsupported`` if it cannot."""
    tree: Tree = {"CONTEXT": {}, "EVENT": {}}
    for model, table in ((says, SAYS), (record, ROWS[type(record)])):
        for row in table:
            value: Any = model
            for step in row.way:
                value = getattr(value, step, None)
            if value is None or losses.silent(value):
                if row.shared in MUST and row.shared in REQUIRED[type(record)]:
                    raise Unsupported("cannot-say", row.shared, format="emsi", reason="it must be there")
            elif (given := row.give(value, row.of, my)) not in native.SILENT:
                tree = planted(tree, row.path, given)
    agree(record, tree, my)
    return tree
