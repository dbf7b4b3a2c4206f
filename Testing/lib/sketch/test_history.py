"""Undo and redo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sketch_bodies import circle

from Sketch2CTLib.sketch import History, Stroke, edits

STROKES = [Stroke(circle(radius)) for radius in range(5, 15)]


def test_undo_and_redo_walk_the_same_way():
    history = History().do((STROKES[0],)).do((STROKES[0], STROKES[1])).do(())
    assert history.undo().present == (STROKES[0], STROKES[1])
    assert history.undo().undo().redo().redo() == history
    assert not history.undo().undo().undo().can_undo
    assert not history.can_redo


def test_at_either_end_nothing_happens():
    history = History((STROKES[0],))
    assert history.undo() is history
    assert history.redo() is history


def test_a_new_edit_forgets_what_was_undone():
    history = History().do((STROKES[0],)).undo().do((STROKES[1],))
    assert history.present == (STROKES[1],)
    assert not history.can_redo


def test_an_edit_that_changes_nothing_is_no_step():
    history = History().do((STROKES[0],))
    assert history.do(edits.erase(history.present, [500.0, 500.0], 3.0)) is history
    assert history.do((Stroke(STROKES[0].points_mm),)) is history


def test_strokes_are_shared_not_copied():
    history = History()
    for stroke in STROKES:
        history = history.do(edits.add(history.present, stroke))
    history = history.do(edits.move(history.present, (1, 1), [9]))
    assert all(one is other for one, other in zip(history.present[:9], history.past[3], strict=False))
    assert len({id(stroke) for state in (*history.past, history.present) for stroke in state}) == len(STROKES) + 1


def test_a_history_cannot_be_changed():
    with pytest.raises(AttributeError):
        History().present = ()


def test_ten_thousand_edits_can_all_be_undone():
    history, dot = History(), Stroke(np.zeros((1, 2)))
    for step in range(10_000):
        history = history.do((dot,) if step % 2 == 0 else ())
    for _ in range(10_000):
        history = history.undo()
    assert history.present == ()
    assert not history.can_undo
    assert len(history.future) == 10_000


@given(st.lists(st.sampled_from(["undo", "redo", *range(10)])))
def test_any_walk_ends_where_a_list_of_states_says(steps):
    history, states, at = History(), [()], 0
    for step in steps:
        if step == "undo":
            history, at = history.undo(), max(0, at - 1)
        elif step == "redo":
            history, at = history.redo(), min(len(states) - 1, at + 1)
        else:
            new = (*states[at], STROKES[step])
            history, states, at = history.do(new), [*states[: at + 1], new], at + 1
        assert history.present == states[at]
        assert history.can_undo == (at > 0)
        assert history.can_redo == (at < len(states) - 1)
