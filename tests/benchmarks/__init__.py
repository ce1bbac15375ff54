"""Figures as ratios within one run, on servers of their own."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "stories")]  # the private servers that the tests start, too, and the storms of stories
