import pytest

from Sketch2CTLib.evaluation.bodies import ANALYTIC_BODIES, SPACINGS_MM, body_errors


@pytest.fixture(scope="module")
def rows():
    return body_errors()


@pytest.mark.parametrize("body", [b.name for b in ANALYTIC_BODIES])
def test_every_number_of_an_analytic_body_is_within_its_stated_tolerance(rows, body):
    outside = [(r.quantity, r.spacing_mm, r.error, r.tolerance) for r in rows if r.body == body and not r.within]
    assert not outside


def test_the_table_covers_all_bodies_at_all_spacings(rows):
    assert {(r.body, r.spacing_mm) for r in rows} == {(b.name, s) for b in ANALYTIC_BODIES for s in SPACINGS_MM}
    assert any(max(s) > 3 * min(s) for s in SPACINGS_MM)


def test_a_wrong_number_would_be_seen(rows):
    assert max(abs(r.error) for r in rows) > 0
    assert all(r.tolerance <= 0.25 for r in rows)
