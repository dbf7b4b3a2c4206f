"""The measure of the event loop measures what it should."""

import time

import pytest
import slicer_model

slicer_model.install()

import heartbeat  # noqa: E402


@pytest.mark.alone
def test_a_turn_that_takes_long_is_seen():
    from PySide6.QtCore import QTimer

    beat = heartbeat.Heartbeat()
    beat.start()
    QTimer.singleShot(20, lambda: time.sleep(0.12))
    slicer_model.spin(lambda: False, 0.3)
    beat.stop()
    assert 110 <= beat.longest_ms <= beat.longest_wall_ms + 1


@pytest.mark.alone
def test_work_is_seen_too():
    from PySide6.QtCore import QTimer

    def work():
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass

    beat = heartbeat.Heartbeat()
    beat.start()
    QTimer.singleShot(20, work)
    slicer_model.spin(lambda: False, 0.5)
    beat.stop()
    assert beat.longest_ms >= 95


@pytest.mark.alone
def test_an_idle_loop_is_quick():
    beat = heartbeat.watched(lambda: slicer_model.spin(lambda: False, 0.3))
    assert beat.beats > 10 and beat.longest_ms < beat.limit_ms


@pytest.mark.alone
def test_of_several_runs_the_first_within_the_limit_counts():
    long_s = 3 * heartbeat.limit_ms() / 1000
    gaps_s = [long_s, long_s, 0.0]
    beat = heartbeat.watched(lambda: time.sleep(gaps_s.pop(0)) or slicer_model.spin(lambda: False, 0.1))
    assert not gaps_s and beat.longest_ms < 1000 * long_s + beat.idle_ms
    assert heartbeat.watched(lambda: time.sleep(long_s), attempts=1).longest_ms >= 1000 * long_s
