"""``make bench ARGS="WORK --options"``: figures as ratios within one run. Without a work: the reference work against a bare relay."""

import sys
from importlib import import_module

WORKS = ("reference", "urgent", "overload", "journal", "links", "node-red", "cut", "crowd", "mesh", "viewers", "tree", "map", "picture")

if __name__ == "__main__":
    work, rest = (sys.argv[1], sys.argv[2:]) if sys.argv[1:2] and sys.argv[1] in WORKS else (WORKS[0], sys.argv[1:])
    import_module(f"tests.benchmarks.{work.replace('-', '_')}").main(rest)
