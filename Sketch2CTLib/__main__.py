"""`python -m Sketch2CTLib` is `sketch2ct`."""

import sys

from .cli.main import run

sys.exit(run())
