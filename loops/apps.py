from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from prometheus_client.core import GaugeMetricFamily

from loops.shortcuts import SHORTCUTS
from m25console.navigation import Entry, Tally
from m25console.vocabulary import Role

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from m25console.access import Actor
    from m25console.errands import Errands
    from m25console.exports import Maker
    from m25console.finding import Found
    from m25console.jobs import Job
    from m25console.ledger import Rule
    from m25console.objects import Kind
    from m25console.resealing import Sealed


class LoopsConfig(AppConfig):
    name = "loops"
    verbose_name = "The loop"
    shortcuts = SHORTCUTS
    navigation = (
        Entry("home", _("Home"), "home", order=10),
        Entry("loops:checkpoints", _("Checkpoints"), "hand-stop", key="checkpoints", order=20),
        Entry("loops:notifications", _("Notifications"), "bell", key="notifications", order=21),
        Entry("loops:loops", _("Loops"), "infinity", order=30),
        Entry("loops:incidents", _("Incidents"), "activity", order=31),
        Entry("loops:patterns", _("Patterns"), "fingerprint", order=32),
        Entry("loops:policies", _("Policies"), "shield", section=_("Learned"), order=40),
        Entry(
            "loops:preventions",
            _("Preventions"),
            "shield-check",
            section=_("Learned"),
            order=41,
            also=("loops:evaluations",),
        ),
        Entry(
            "loops:routing",
            _("Routing"),
            "route",
            section=_("Learned"),
            order=42,
            also=("loops:adjustments",),
        ),
        Entry(
            "loops:checkpoint-rules",
            _("Checkpoint rules"),
            "settings",
            role=Role.ADMIN,
            section=_("Settings"),
            order=60,
        ),
        Entry("loops:recoveries", _("Recoveries"), "heartbeat", section=_("Learned"), order=43),
        Entry("loops:graduation", _("Graduation"), "certificate", section=_("Learned"), order=44),
        Entry("loops:runs", _("Runs"), "list-check", section=_("Learned"), order=45),
        Entry("loops:dashboards", _("Dashboards"), "chart-bar", order=11),
        Entry("loops:audit", _("Audit"), "history", role=Role.REVIEWER, order=33),
        Entry(
            "loops:recovery-settings",
            _("Carrying out"),
            "send",
            role=Role.ADMIN,
            section=_("Settings"),
            order=61,
        ),
        Entry("loops:delegations", _("Away"), "calendar", section=_("Settings"), order=62),
        Entry(
            "loops:notification-settings",
            _("Notification channels"),
            "bell",
            role=Role.ADMIN,
            section=_("Settings"),
            order=62,
        ),
        Entry(
            "loops:deliveries",
            _("Deliveries"),
            "history",
            role=Role.ADMIN,
            section=_("Settings"),
            order=63,
        ),
    )

    administered: Mapping[str, str] = {
        "loops:adjustment": "loops_routingadjustment",
        "loops:checkpoint": "loops_humancheckpoint",
        "loops:incident": "loops_incident",
        "loops:loop": "loops_looptrace",
        "loops:pattern": "loops_failurepattern",
        "loops:policy": "loops_policyrule",
        "loops:prevention": "loops_preventionrecord",
        "loops:recovery": "loops_recoverycandidate",
        "loops:run": "loops_auditrun",
    }

    def ready(self) -> None:
        """Raises ImproperlyConfigured where the console's promises would not be kept."""
        from loops.actions import governance  # noqa: PLC0415 - models load later

        governance.check_durability(governance.configured_store())

    def navigation_tally(self, actor: "Actor") -> Tally:
        """How many checkpoints wait, and how much one has not read; nothing where none does."""
        from loops.presenters.waiting import tally_of  # noqa: PLC0415 - models load later

        return tally_of(actor)

    def found(self, actor: "Actor", words: str) -> "list[Found]":
        """What a search for `words` leads to."""
        from loops.presenters import searching  # noqa: PLC0415 - models load later

        return searching.found(actor, words)

    def admin_figures(self) -> Mapping[str, str]:
        """How the loop stands in all tenants together, each counted up to a bound."""
        from loops.overview import platform_figures  # noqa: PLC0415 - models load later

        return platform_figures(now=timezone.now())

    def jobs(self) -> "Mapping[str, Job]":
        """What happens by the clock."""
        from loops.engine.schedule import JOBS  # noqa: PLC0415 - models load after this

        return JOBS

    def errands(self) -> "Sequence[Errands]":
        """What leaves the console."""
        from loops.engine import delivering, executing  # noqa: PLC0415 - models load after this

        return (executing.ERRANDS, delivering.ERRANDS)

    def tables(self) -> "Mapping[str, Maker]":
        """What can be taken away as a file."""
        from loops.presenters.tables import TABLES  # noqa: PLC0415 - models load after this

        return TABLES

    def ledger_rules(self) -> "Sequence[Rule]":
        """What must hold between the rows."""
        from loops.engine.ledger import RULES  # noqa: PLC0415 - models load after this

        return RULES

    def sealed(self) -> "Sequence[Sealed]":
        """What is sealed with the master key."""
        from loops.actions.targets import sealed  # noqa: PLC0415 - models load after this

        return sealed()

    def objects(self) -> "Mapping[str, Kind]":
        """What its rows are called, and where they are shown."""
        from loops.presenters.object_words import OBJECTS  # noqa: PLC0415 - models load after this

        return OBJECTS

    def readiness(self) -> dict[str, str]:
        """For each part that moves loops: "ok", or what is wrong with it."""
        from loops.engine.working import signs_of_life  # noqa: PLC0415 - models load after this

        return signs_of_life(now=timezone.now())

    def metrics(self) -> "Iterable[Metric]":
        """This app's figures for Prometheus."""
        from loops import overview  # noqa: PLC0415 - models load after this
        from loops.engine import audit_tallies, delivering  # noqa: PLC0415

        yield from audit_tallies.metrics()
        yield from delivering.metrics(timezone.now())
        yield GaugeMetricFamily(
            "m25_checkpoint_queues_too_long",
            "Tenants with more waiting checkpoints than their rules bear",
            value=overview.queues_too_long(),
        )
