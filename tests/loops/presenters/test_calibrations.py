"""What people read about how often confidences proved right."""

import pytest
from django.test import Client
from django.utils import timezone

from loops.actions import calibrations
from loops.models import FailurePattern
from m25console.access import Actor
from tests import factories
from tests.m25console.builders import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> Actor:
    return factories.make_actor(factories.make_tenant())


@pytest.fixture
def browser(reviewer: Actor) -> Client:
    return signed_in(reviewer)


def judged(reviewer: Actor, *, right: int, wrong: int = 0) -> FailurePattern:
    """A pattern with outcomes, and one loop more that waits."""
    for number in range(right + wrong):
        calibrations.record_outcome(
            incident_id=factories.run_loop(reviewer.tenant).incident_id,
            was_correct=number < right,
            reason="As it turned out.",
            now=timezone.now(),
        )
    return FailurePattern.objects.get()


def test_a_pattern_nobody_checked_says_so_instead_of_a_number(reviewer, browser):
    factories.run_loop(reviewer.tenant)

    page = browser.get(f"/patterns/{FailurePattern.objects.get().pk}").text

    assert "No suggestion was checked yet." in page
    assert "Brier" not in page


def test_below_five_it_is_too_few_to_say(reviewer, browser):
    pattern = judged(reviewer, right=4)

    page = browser.get(f"/patterns/{pattern.pk}").text

    assert "Checked 4 times, too few to say." in page
    assert "Brier" not in page


def test_from_five_on_the_pattern_says_how_often_it_was_right(reviewer, browser):
    pattern = judged(reviewer, right=4, wrong=2)

    page = browser.get(f"/patterns/{pattern.pk}").text

    assert "Verified right 4 of 6 times, whatever the confidence." in page
    assert "Brier score" in page
    assert "Thresholds of its own are told after 14 more." in page


def test_the_thresholds_that_twenty_outcomes_allow_are_told_beside_the_frozen_ones(
    reviewer, browser
):
    pattern = judged(reviewer, right=20)

    page = browser.get(f"/patterns/{pattern.pk}").text

    assert "would allow “strong” from 70%" in page
    assert "the bands in force are frozen with it" in page


def test_queue_and_decision_say_it_next_to_the_confidence(reviewer, browser):
    waiting = factories.checkpoint_of(factories.run_loop(reviewer.tenant))
    judged(reviewer, right=5, wrong=1)

    assert "verified right 5 of 6 times" in browser.get("/checkpoints").text
    page = browser.get(f"/checkpoints/{waiting.pk}").text
    assert "suggestions of this confidence, for this pattern: " in page
