"""Addresses of the loop's pages."""

from django.urls import URLPattern, URLResolver, path

from loops.views import (
    checkpoint_rules,
    checkpoints,
    evaluations,
    graduation,
    incidents,
    loops,
    patterns,
    policies,
    policy_edits,
    regrets,
    replays,
    reverts,
    routing,
    runs,
    timeline,
)

app_name = "loops"
urlpatterns: list[URLPattern | URLResolver] = [
    path("checkpoints", checkpoints.checkpoint_queue, name="checkpoints"),
    path("settings/checkpoints", checkpoint_rules.rules, name="checkpoint-rules"),
    path("checkpoints/<slug:checkpoint_id>", checkpoints.checkpoint, name="checkpoint"),
    path("evaluations", evaluations.evaluation_list, name="evaluations"),
    path("evaluations/<slug:evaluation_id>", evaluations.evaluation, name="evaluation"),
    path(
        "evaluations/<slug:evaluation_id>/regret", regrets.of_evaluation, name="evaluation-regret"
    ),
    path("graduation", graduation.graduation, name="graduation"),
    path("graduation/dossier.json", graduation.download, name="dossier"),
    path("graduation/re-evaluate", graduation.reevaluate, name="reevaluate"),
    path("graduation/simulate", graduation.simulate, name="simulate"),
    path("incidents", incidents.incident_list, name="incidents"),
    path("incidents/<slug:incident_id>", incidents.incident, name="incident"),
    path("incidents/<slug:incident_id>/timeline", timeline.timeline, name="timeline"),
    path("incidents/<slug:incident_id>/timeline/view", timeline.record_view, name="timeline-view"),
    path("loops", loops.loop_list, name="loops"),
    path("loops/<slug:loop_id>", loops.loop, name="loop"),
    path("loops/<slug:loop_id>/retry", loops.retry, name="loop-retry"),
    path("loops/<slug:loop_id>/revert", reverts.revert, name="loop-revert"),
    path("routing", routing.agent_list, name="routing"),
    path("routing/agents/<int:agent_number>", routing.agent, name="agent"),
    path("adjustments", routing.adjustment_list, name="adjustments"),
    path("adjustments/<slug:adjustment_id>", routing.adjustment, name="adjustment"),
    path("adjustments/<slug:adjustment_id>/rollback", routing.roll_back, name="rollback"),
    path("patterns", patterns.pattern_list, name="patterns"),
    path("patterns/<slug:pattern_id>", patterns.pattern, name="pattern"),
    path("policies", policies.policy_list, name="policies"),
    path("policies/<slug:policy_id>", policies.policy, name="policy"),
    path("policies/<slug:policy_id>/edit", policy_edits.edit, name="policy-edit"),
    path("policies/<slug:policy_id>/except", policy_edits.make_exception, name="policy-except"),
    path(
        "policies/<slug:policy_id>/exceptions/<int:exception_id>/end",
        policy_edits.end_exception,
        name="policy-exception-end",
    ),
    path("policies/<slug:policy_id>/regret", regrets.of_policy, name="policy-regret"),
    path("policies/<slug:policy_id>/replay", replays.policy_replay, name="policy-replay"),
    path("preventions", evaluations.prevention_list, name="preventions"),
    path("preventions/<slug:prevention_id>", evaluations.prevention, name="prevention"),
    path("runs", runs.run_list, name="runs"),
    path("runs/<int:number>", runs.run, name="run"),
]
