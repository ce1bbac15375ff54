"""The language that agencies share: Avro schemas, code lists and every version ever published."""

from importlib.resources import files
from importlib.resources.abc import Traversable

ROOT: Traversable = files(__name__)
"""Where the files of the language lie, in a checkout and in an installed wheel alike."""
