"""Numbered checks that a partner runs on its own adapter, its own endpoint, or a hub's way in."""
