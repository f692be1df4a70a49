import pytest

from m25console.navigation import links_for
from m25console.vocabulary import Role
from tests.m25console.builders import a_member, a_tenant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "entry", "mark"),
    [
        ("/", "home", "page"),
        ("/routing", "loops:routing", "page"),
        ("/routing/agents/7", "loops:routing", "true"),
        ("/adjustments", "loops:routing", "true"),
        ("/adjustments/adj_1", "loops:routing", "true"),
        ("/evaluations/eval_1/regret", "loops:preventions", "true"),
        ("/policies/pol_1/regret", "loops:policies", "true"),
        ("/incidents/inc_1/timeline", "loops:incidents", "true"),
        ("/mcp-tools/tool_1/call", "integrations:mcp-servers", "true"),
        ("/mcp/invocations/inv_1", "integrations:mcp-calls", "true"),
    ],
)
def test_a_page_belongs_under_one_entry(path: str, entry: str, mark: str) -> None:
    links = links_for(a_member(a_tenant(), role=Role.ADMIN), path=path, counts={})

    assert {one.entry.url_name: one.current for one in links if one.current} == {entry: mark}


def test_a_page_of_no_entry_marks_none() -> None:
    links = links_for(a_member(a_tenant()), path="/account/", counts={})

    assert not any(one.current for one in links)
