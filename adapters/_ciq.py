"""What OASIS's EDXL formats share: CIQ 3 addresses, words that read back, code lists by their URN."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

from adapters._where import add_where, drawn, where
from bridge import Adapter, Lenient, Location, Parts, Unsupported, xml

Tree = dict[str, Any]
XAL, XNL, XPIL = (f"urn:oasis:names:tc:ciq:{name}:3" for name in ("xal", "xnl", "xpil"))
SPACES = ("urn:oasis:names:tc:ciq:", "urn:oasis:names:tc:emergency:EDXL:", "urn:oasis:names:tc:emergency:edxl:", "http://www.opengis.net/gml")
URI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*:)?[A-Za-z0-9._~/@!$&'()*+,;=\-][A-Za-z0-9._~/@!$&'()*+,;=?:\-]*(?:#[A-Za-z0-9._~/@!$&'()*+,;=?:\-]+)?")
OURS = "urn:regionbus:{kind}:"
"""Before an id that is no agency's, where a local one would become this link's."""
OTHER = "urn:regionbus:scheme:"
"""Before the name of a list that is no URI."""
ADDRESS = ("FreeTextAddress", "Country", "AdministrativeArea", "Locality", "Thoroughfare", "Premises", "PostCode")
PLACE = ("LocationDescription", "Address", "TargetArea")


def plain(element: xml.Element) -> None:
    """Takes the namespaces of the standards off all in it, which sources put on and leave off; others stay, what they hold is foreign."""
    for each in element.iter():
        tag = str(each.tag)
        if (name := bare(tag)) != tag:
            each.tag = name
        for key, value in each.items():
            if (name := bare(str(key))) != key:
                del each.attrib[key]
                each.set(name, value)


@lru_cache(maxsize=1024)
def bare(name: str) -> str:
    """A name without the namespace of a standard; another stays."""
    space, _, local = name.rpartition("}")
    return local if space[1:].startswith(SPACES) else name


def word(words: str, at: str, name: str) -> str:
    """A word that reads back: neither empty nor with blanks around it."""
    if not words or words != words.strip():
        raise Unsupported("cannot-say", at, format=name, reason=f"'{words}' is no word")
    return words


def said(words: str | None, at: str, name: str) -> str | None:
    """Text that reads back, nothing where nothing is said. Blanks alone would be taken for silence."""
    if words and words.isspace():
        raise Unsupported("cannot-say", at, format=name, reason="blanks alone say nothing")
    return words or None


def urn(scheme: str) -> str:
    """A list's name as a URI."""
    return scheme if URI.fullmatch(scheme) and not scheme.startswith(OTHER) else OTHER + quote(scheme, safe="")


def scheme(found: str) -> str:
    """The reverse of ``urn``."""
    return unquote(found.removeprefix(OTHER)) if found.startswith(OTHER) else found


def taken(adapter: Adapter, kind: str, words: str) -> str:
    """The shared id of a native one."""
    ours = OURS.format(kind=kind)
    return words.removeprefix(ours) if words.startswith(ours) else adapter.shared_id(kind, words)


def given(adapter: Adapter, kind: str, shared: str, at: str) -> str:
    """The reverse of ``taken``."""
    local = adapter.local_id(kind, shared)
    return word(local if taken(adapter, kind, local) == shared else OURS.format(kind=kind) + shared, at, adapter.name)


def listed(reading: Lenient, element: xml.Element, at: str, names: tuple[str, str] = ("ValueListURN", "Value")) -> list[Tree]:
    """The codes of one list."""
    parts = reading.parts(element, at, names)
    home = scheme(reading.word(parts, names[0], at) or "")
    return [{"scheme": home, "code": (each.text or "").strip()} for each in parts.get(names[1], ())]


def numeral(number: float) -> str:
    """A number, a whole one without its point."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def location(reading: Lenient, element: xml.Element, at: str, names: tuple[str, str, str] = PLACE) -> Tree:
    """A place: words, an address and what ``where`` shows; ``names`` of the three."""
    parts = reading.parts(element, at, names)
    place: Tree = {"note": reading.text(parts, names[0], at)}
    for part in parts.get(names[1], ())[:1]:
        place["name"], found = address(reading, part, f"{at}{names[1]}/")
        place["address"] = found if any(found.values()) else None
    for part in parts.get(names[2], ())[:1]:
        place |= where(reading, part, f"{at}{names[2]}/")
    return place


def address(reading: Lenient, element: xml.Element, at: str) -> tuple[str | None, Tree]:
    """The name of the premises, and an xAL 3 address; what has no home in the model is kept."""
    parts = reading.parts(element, at, ADDRESS)
    lines = [line.text or "" for each in parts.get("FreeTextAddress", ()) for line in each]
    premises = inside(reading, parts, "Premises", at, ("NameElement", "Number"))
    street = inside(reading, parts, "Thoroughfare", at, ("NameElement", "Number"))
    found = {
        "text": "\n".join(lines) or None,
        "street": street.get("NameElement"),
        "number": street.get("Number"),
        "unit": premises.get("Number"),
        "locality": inside(reading, parts, "Locality", at, ("NameElement",)).get("NameElement"),
        "admin_code": code(reading, parts, "AdministrativeArea", at),
        "postal_code": inside(reading, parts, "PostCode", at, ("Identifier",)).get("Identifier"),
        "country_code": code(reading, parts, "Country", at),
    }
    return premises.get("NameElement"), found


def inside(reading: Lenient, parts: Parts, name: str, at: str, names: tuple[str, ...]) -> dict[str, str]:
    """The words in a part of an address."""
    found: dict[str, str] = {}
    for element in parts.get(name, ())[:1]:
        inner = reading.parts(element, f"{at}{name}/", names)
        found = {each: words for each in names if (words := reading.text(inner, each, f"{at}{name}/"))}
    return found


def code(reading: Lenient, parts: Parts, name: str, at: str) -> str | None:
    """The code of a country or area; its name is kept."""
    for element in parts.get(name, ())[:1]:
        inner = reading.parts(element, f"{at}{name}/", ("NameElement",))
        words = reading.text(inner, "NameElement", f"{at}{name}/")
        if words:
            reading.keep(f"{at}{name}/NameElement", words)
        return next((found.strip() for each in inner.get("NameElement", ()) if (found := each.get("NameCode", "")).strip()), None)
    return None


def add_location(parent: xml.Element, place: Location, space: str, adapter: str) -> None:
    """The place as far as it can be said: description, address, area."""
    if words := said(place.note, "location.note", adapter):
        xml.add(parent, "LocationDescription", words, space)
    if place.address or place.name:
        add_address(xml.add(parent, "Address", None, space), place, adapter)
    shown = drawn(place)
    if shown is not None:
        add_where(xml.add(parent, "TargetArea", None, space), place, shown)


def add_address(parent: xml.Element, place: Location, adapter: str) -> None:
    """An xAL 3 address, in the order of its XSD."""
    found = place.address
    told = {name: said(getattr(found, name), f"address.{name}", adapter) for name in type(found).model_fields} if found else {}
    if lines := told.get("text"):
        free = xml.add(parent, "FreeTextAddress", None, XAL)
        for line in lines.split("\n"):
            xml.add(free, "AddressLine", line, XAL)
    for name, key in (("Country", "country_code"), ("AdministrativeArea", "admin_code")):
        if words := told.get(key):
            xml.add(xml.add(parent, name, None, XAL), "NameElement", None, XAL).set(f"{{{XAL}}}NameCode", xml.words(word(words, key, adapter), key))
    groups = (
        ("Locality", (("NameElement", told.get("locality")),)),
        ("Thoroughfare", (("NameElement", told.get("street")), ("Number", told.get("number")))),
        ("Premises", (("NameElement", said(place.name, "location.name", adapter)), ("Number", told.get("unit")))),
        ("PostCode", (("Identifier", told.get("postal_code")),)),
    )
    for name, pairs in groups:
        if any(words for _, words in pairs):
            group = xml.add(parent, name, None, XAL)
            for inner, each in pairs:
                if each:
                    xml.add(group, inner, each, XAL)
