from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from m25console.navigation import Entry
from m25console.vocabulary import Role

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from m25console.access import Actor
    from m25console.errands import Errands
    from m25console.exports import Maker
    from m25console.jobs import Job
    from m25console.ledger import Rule
    from m25console.navigation import Tally
    from m25console.objects import Kind
    from m25console.resealing import Sealed
    from m25console.samples import Sample


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"
    navigation = (
        Entry(
            "integrations:integrations",
            _("Integrations"),
            "plug",
            section=_("Connections"),
            order=49,
        ),
        Entry(
            "integrations:tenant-usage", _("Usage"), "chart-bar", section=_("Connections"), order=50
        ),
        Entry("integrations:limits", _("Limits"), "gauge", section=_("Connections"), order=51),
        Entry("integrations:prices", _("Prices"), "coin", section=_("Connections"), order=52),
        Entry(
            "integrations:credentials",
            _("Credentials"),
            "key",
            section=_("Connections"),
            order=53,
            role=Role.ADMIN,
        ),
        Entry(
            "integrations:sources",
            _("Data sources"),
            "database",
            section=_("Connections"),
            order=54,
        ),
        Entry(
            "integrations:connectors",
            _("Connectors"),
            "switch-horizontal",
            section=_("Connections"),
            order=55,
        ),
        Entry(
            "integrations:mcp-servers",
            _("MCP servers"),
            "server",
            section=_("Agents' tools"),
            order=56,
            below=("/mcp-tools/",),
        ),
        Entry(
            "integrations:mcp-drift",
            _("Drift desk"),
            "versions",
            section=_("Agents' tools"),
            order=57,
        ),
        Entry(
            "integrations:mcp-calls",
            _("Calls of tools"),
            "tool",
            section=_("Agents' tools"),
            order=58,
            also=("integrations:mcp-audit",),
        ),
        Entry(
            "integrations:mcp-approvals",
            _("Approvals of calls"),
            "hand-stop",
            key="mcp-approvals",
            section=_("Agents' tools"),
            order=59,
        ),
    )

    def navigation_tally(self, actor: "Actor") -> "Tally":
        """How many calls wait for people; nothing where none does."""
        from integrations.presenters.waiting import tally_of  # noqa: PLC0415 - models load later

        return tally_of(actor)

    def jobs(self) -> "Mapping[str, Job]":
        """What happens by the clock."""
        from integrations.engine.schedule import JOBS  # noqa: PLC0415 - models load after this

        return JOBS

    def errands(self) -> "Sequence[Errands]":
        """What leaves the console."""
        from integrations.engine import (  # noqa: PLC0415 - models load after this
            checking,
            mcp_looking,
            source_looks,
        )

        return (checking.ERRANDS, mcp_looking.ERRANDS, source_looks.ERRANDS)

    def metrics(self) -> "Iterable[Metric]":
        """Figures for Prometheus."""
        from integrations.engine import figures, mcp_figures  # noqa: PLC0415 - models load later

        now = timezone.now()
        yield from figures.metrics(now)
        yield from mcp_figures.metrics(now)

    def tables(self) -> "Mapping[str, Maker]":
        """What can be taken away as a file."""
        from integrations.presenters.tables import TABLES  # noqa: PLC0415 - models load after this

        return TABLES

    def objects(self) -> "Mapping[str, Kind]":
        """What its rows are called, and where they are shown."""
        from integrations.presenters.objects import OBJECTS  # noqa: PLC0415 - models load later

        return OBJECTS

    def ledger_rules(self) -> "Sequence[Rule]":
        """What must hold between the rows."""
        from integrations.engine.ledger import RULES  # noqa: PLC0415 - models load after this

        return RULES

    def sealed(self) -> "Sequence[Sealed]":
        """What is sealed with the master key."""
        from integrations.actions.resealing import sealed  # noqa: PLC0415 - models load after this

        return sealed()

    def sample(self) -> "Sample":
        """What the demo shows."""
        from integrations.sample import SAMPLE  # noqa: PLC0415 - models load after this

        return SAMPLE
