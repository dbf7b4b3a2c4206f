"""DPM-Solver++ written out is diffusers', to the bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import DPMSolverMultistepScheduler

from Sketch2CTLib.diffusion import Schedule, ScheduleConfig
from Sketch2CTLib.diffusion.solver import DpmSolver


@pytest.mark.parametrize(("steps", "begin"), [(1, 0), (2, 0), (8, 0), (25, 0), (25, 11), (50, 49)])
def test_steps_are_those_of_diffusers(steps: int, begin: int) -> None:
    schedule = Schedule(ScheduleConfig())
    theirs = DPMSolverMultistepScheduler(
        trained_betas=schedule.betas.numpy().astype(np.float32),
        prediction_type="v_prediction",
        use_lu_lambdas=True,
        final_sigmas_type="zero",
    )
    theirs.set_timesteps(steps)
    theirs.set_begin_index(begin)
    own = DpmSolver(schedule, steps)
    own.begin_at(begin)
    assert own.timesteps.tolist() == theirs.timesteps.tolist()
    z = expected = torch.randn(2, 3, 4, 4, 4, generator=torch.Generator().manual_seed(1))
    for t in theirs.timesteps[begin:]:
        z = own.step(torch.sin(3.0 * z), z)
        expected = theirs.step(torch.sin(3.0 * expected), t, expected).prev_sample
        assert torch.equal(z, expected)
