"""A worker that knows the preset of `untrained`."""

from __future__ import annotations

import sys

from untrained import known_preset

from Sketch2CTLib.service.worker import main

if __name__ == "__main__":
    known_preset()
    sys.exit(main())
