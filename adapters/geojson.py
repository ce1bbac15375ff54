"""GeoJSON (RFC 7946) for any map, both ways: Incident, Resource, ResourceState and Alert, each a Feature; WGS 84, longitude first.

What we write reads back without loss. ``properties`` hold ``record``, the name of the record, and the record's own fields under their own
names; ``mode`` and ``message`` what the message says of itself. What the record says of place is the geometry and nowhere else: a position,
the geometry of a location, and the outlines of all areas (of an Alert's infos, of an Incident's zones), a circle as a Point. An area keeps the
numbers of its outlines in ``shapes`` (the members of the geometry, if it has several), the radii of its circles in ``radii_km``, and in
``turned`` the rings that had to be reversed, because RFC 7946 wants outer rings counterclockwise. Two areas may share an outline. What is no
valid outline stays text in its area. A ring across the antimeridian is written as it is: cutting it would change it.
``title``, ``description``, ``severity``, ``updated``, ``radius_km`` and the colours are there for the map, and not read.

A Feature without ``record`` is somebody else's. What it is has to be set (``record``); it gives its id, a name and its geometry, the rest
rides in ``extensions``: ``properties/…``, ``bbox`` and other members of the Feature, ``../…`` those of the collection. A ring left open is
closed; that, heights of outlines, and a ``crs`` that says what GeoJSON always means are named in the deviations; another ``crs`` is refused.
"""

import json
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import ValidationError

from bridge import Adapter, Alert, Incident, Invalid, Malformed, Rejected, Resource, ResourceState, Said, Says, Unsupported, geo, native, text
from bridge.losses import same
from bridge.model import Record
