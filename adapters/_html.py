"""The text of HTML that feeds put where text belongs."""

import html
import re

BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr)\b[^>]*>", re.IGNORECASE)
TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
BLANKS = re.compile(r"[ \t\xa0]+")


def plain(markup: str) -> str:
    """The text, a line for every break; without tags and their blanks."""
    lines = html.unescape(TAG.sub("", BREAK.sub("\n", markup))).split("\n")
    return "\n".join(clean for line in lines if (clean := BLANKS.sub(" ", line).strip()))
