"""Hostile bytes in earnest: seeded mutations of real messages through every decoder, in processes that may die of it."""
