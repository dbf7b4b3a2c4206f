"""What every test runs under: no network, one thread, no state that processes share."""

import os

# Before anything heavy is imported: the model hub is never asked.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Tiny networks on two threads that wait for each other cost seven times the processor of one, and the cores have their
# processes already. MKL's number counts for torch before OpenMP's.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "Agg")
for variable in ("SKETCH2CT_RESOURCES", "SKETCH2CT_DEBUG", "OPENAI_API_KEY"):
    os.environ.pop(variable, None)

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# A database that processes share would make runs depend on each other; a deadline measures what else the machine does.
# The suite tries the same examples at every run; SKETCH2CT_FUZZ=1 looks for new ones.
settings.register_profile("suite", database=None, deadline=None, derandomize="SKETCH2CT_FUZZ" not in os.environ)
settings.load_profile("suite")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator of random numbers, the same in every run."""
    return np.random.default_rng(20260322)
