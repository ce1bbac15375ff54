"""XML without its dangers: no DTD, no entities, no network, bounded; and the tree that mappings walk."""

import re
from typing import Any

from lxml import etree

from bridge.errors import Invalid, Malformed
from bridge.text import LIMIT, VALUES, check_count, check_plain, check_size, decode

Element = etree._Element  # noqa: SLF001  lxml gives its element class no public name
GB_FAMILY = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["'](gb2312|gbk|gb18030|gb_2312-80|cp936)["']""", re.IGNORECASE)


def parser(encoding: str | None = None) -> etree.XMLParser:
    """A hardened parser. Comments and instructions go: they would cut the text of an element in two."""
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


AS_DECLARED = parser()
AS_UTF8 = parser("utf-8")


def parse(data: bytes, *, fallback: str | None = None, limit: int = LIMIT) -> Element:
    """The root element.

    ``fallback`` is the encoding to try when the text is neither declared otherwise nor UTF-8. Labels of the GB family
    are read as their superset GB18030. Raises ``Malformed`` (``doctype``, ``not-xml``, ``too-large``, ``empty``).
    """
    check_size(data, limit)
    clean = data.lstrip(b" \t\r\n").removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not clean:
        raise Malformed("empty", "document")
    check_plain(clean)
    if len(clean) > VALUES:
        check_count(clean.count(b"<") + clean.count(b"="))
    try:
        known = GB_FAMILY.match(clean) is None
        root = etree.fromstring(clean, AS_DECLARED) if known else etree.fromstring(decode(clean, "gb18030").encode(), AS_UTF8)
    except etree.XMLSyntaxError as error:
        if b"<!DOCTYPE" in clean.replace(b"\0", b""):  # UTF-16 has a nought beside every letter
            raise Malformed("doctype") from None
        if fallback and not _is_utf8(clean):
            return parse(decode(clean, fallback).encode(), limit=limit)
        raise Malformed("not-xml", line=error.lineno or 1, reason=error.msg or "broken") from None
    if root.getroottree().docinfo.doctype:
        raise Malformed("doctype")
    return root


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def name(element: Element) -> str:
    """The local name of an element."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """The namespace of an element, empty if it has none."""
    tag = str(element.tag)
    return tag[1 : max(1, tag.rfind("}"))]


def space(element: Element) -> str:
    """The namespace as it stands before a name in a tag: ``{uri}``, or nothing."""
    tag = str(element.tag)
    return tag[: tag.rfind("}") + 1]


def tree(element: Element) -> Any:
    """The element as mappings see it: text, or a dict of children, with ``@name`` for attributes and ``#text`` for mixed text."""
    attributes = element.items()
    if not attributes and not len(element):  # as nearly all are
        return element.text or ""
    children: dict[str, Any] = {f"@{key.rpartition('}')[2]}": value for key, value in attributes}
    for child in element:
        value, key = tree(child), str(child.tag).rpartition("}")[2]
        if key not in children:
            children[key] = value
        elif isinstance(children[key], list):
            children[key].append(value)
        else:
            children[key] = [children[key], value]
    words = element.text or ""
    if words.strip():
        children["#text"] = words
    return children


def grown(root: str, node: dict[str, Any], space: str = "") -> Element:
    """The reverse of ``tree``: an element with everything below it, in one namespace."""
    element = etree.Element(f"{{{space}}}{root}" if space else root, nsmap={None: space} if space else None)
    _grow(element, node, space)
    return element


def _grow(element: Element, node: dict[str, Any], space: str) -> None:
    for key, value in node.items():
        if key.startswith("@"):
            element.set(key[1:], words(value, key))
        elif key == "#text":
            element.text = words(value, key)
        else:
            for item in value if isinstance(value, list) else [value]:
                child = etree.SubElement(element, f"{{{space}}}{key}" if space else key)
                if isinstance(item, dict):
                    _grow(child, item, space)
                else:
                    child.text = words(item, key)


def root(name: str, space: str = "") -> Element:
    """A new document's root, its namespace the default one."""
    return etree.Element(f"{{{space}}}{name}" if space else name, nsmap={None: space} if space else None)


def add(parent: Element, name: str, value: str | None = None, space: str = "") -> Element:
    """A new child with its text."""
    child = etree.SubElement(parent, f"{{{space}}}{name}" if space else name)
    if value is not None:
        child.text = words(value, name)
    return child


def outer(element: Element) -> str:
    """The element as text, with all in it."""
    return etree.tostring(element, encoding="unicode", with_tail=False)


UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def words(value: Any, at: str) -> str:
    """A value as text that XML 1.0 can hold (section 2.2); ``Invalid`` names the character that it cannot."""
    plain = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if found := UNWRITABLE.search(plain):
        raise Invalid("character", at, point=f"{ord(found[0]):04X}")
    return plain


def write(root: Element) -> bytes:
    """The document in UTF-8 with its declaration."""
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))
