"""Faults on purpose: a whole hub on private servers, hurt by a seeded schedule, and a checker that knows what was said (DESIGN section 10)."""
