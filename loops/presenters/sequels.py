"""What a loop's page says of the time before it and after it."""

from loops.domain.sequel import Sequel, after, before
from loops.domain.states import PolicyMode
from loops.presenters.narratives import LoadedStory
from loops.presenters.patterns import policy_against


def told_of_time(story: LoadedStory) -> list[tuple[str, str]]:
    """The failure before and after, each under its heading; nothing before it was matched."""
    pattern = story.incident.matched_pattern
    if pattern is None:
        return []
    policy = story.policy or policy_against(pattern)
    facts = Sequel(
        occurrences=pattern.occurrence_count,
        first_seen=pattern.created_at,
        decisions=sum(one.resolved_by_id is not None for one in story.checkpoints),
    )
    if policy is not None:
        facts = Sequel(
            **vars(facts)
            | {
                "mode": PolicyMode(policy.mode),
                "active_since": policy.activated_at,
                "prevented": policy.prevention_count,
                "last_prevented": policy.last_prevention_at,
                "regrets": policy.regret_count,
            }
        )
    return [("Before", before(facts)), ("Since", after(facts))]
