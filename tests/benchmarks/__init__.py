"""Figures as ratios within one run, on servers of their own."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the private servers that the tests start, too
