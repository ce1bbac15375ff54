"""Ports, adapters, bus and ledger at work together: *take, accept once, hand on, settle* (DESIGN section 2)."""
