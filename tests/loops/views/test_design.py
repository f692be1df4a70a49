"""The design system page knows every component there is."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from m25console.vocabulary import Role
from tests.m25console.builders import a_member, a_tenant, signed_in

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# Part of the frame of every page, or of pages where they stand beside what they are about.
ELSEWHERE = {
    "integrations/enforce.html",
    "integrations/differences.html",
    "integrations/form_faults.html",
    "integrations/form_sections.html",
    "integrations/gauge.html",
    "integrations/observed.html",
    "integrations/stages.html",
    "integrations/tool_decision.html",
    "integrations/uptime.html",
    "integrations/snippets.html",
    "integrations/first_event.html",
    "navigation.html",
    "overlays.html",
    "tenant_switcher.html",
    "user_menu.html",
    "loops/adjustment_row.html",
    "loops/bulk_bar.html",
    "loops/checkpoint_tools.html",
    "loops/condition_editor.html",
    "loops/confirmed.html",
    "loops/count_button.html",
    "loops/facet_option.html",
    "loops/forecast.html",
    "loops/in_whose_place.html",
    "loops/matching.html",
    "loops/own.html",
    "loops/promise.html",
    "loops/promises.html",
    "loops/regrets.html",
    "loops/reliability.html",
    "loops/replace_secret.html",
}


def test_every_component_is_shown_or_known_to_be_elsewhere() -> None:
    page = (TEMPLATES / "loops/design.html").read_text()
    shown = set(re.findall(r'include "components/([^"]+)"', page))
    there = {
        str(path.relative_to(TEMPLATES / "components"))
        for path in (TEMPLATES / "components").rglob("*.html")
    }

    assert there - shown == ELSEWHERE


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_every_member_may_look_at_the_design_system(role: Role) -> None:
    answer = signed_in(a_member(a_tenant(), role=role)).get("/design")

    assert answer.status_code == 200
    assert "aria-busy" in answer.content.decode()
