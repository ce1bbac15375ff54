"""``python -m bridge.cli`` is the command ``regionbus``."""

from bridge.cli import main

if __name__ == "__main__":
    main()
