"""The settings of a hub: one TOML file, the environment above it; a wrong word names its line and the nearest right one."""

from bridge.settings.agencies import Agency, Area
from bridge.settings.doors import Http, Monitor, Picture, User
from bridge.settings.hub import Settings
from bridge.settings.loading import load
from bridge.settings.neighbours import Peer, Relay
from bridge.settings.tables import Tls
from bridge.settings.ways import PLACES, Inlet, Link, Outlet, Snapshot

__all__ = [
    "PLACES",
    "Agency",
    "Area",
    "Http",
    "Inlet",
    "Link",
    "Monitor",
    "Outlet",
    "Peer",
    "Picture",
    "Relay",
    "Settings",
    "Snapshot",
    "Tls",
    "User",
    "load",
]
