"""The pages for operators: a reader of ledger, bus and hub, never a step on the way; all that it costs is bounded."""
