"""A process that makes one call, for tests that kill it meanwhile:
`python -m tests.integrations.mcp.caller DATABASE TOOL USER ARGUMENTS`."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "m25console.settings")
django.setup()

from django.db import connection  # noqa: E402 - settings come first
from django.utils import timezone  # noqa: E402

from integrations.actions.mcp_facts import Wanted  # noqa: E402
from integrations.engine import mcp_calling  # noqa: E402
from integrations.models import McpTool  # noqa: E402
from m25console.access import Actor  # noqa: E402
from m25console.models import User  # noqa: E402
from m25console.vocabulary import Door, Role  # noqa: E402


def main(database: str, tool_id: str, user_id: str, arguments: str) -> None:
    connection.settings_dict["NAME"] = database
    tool = McpTool.objects.select_related("tenant").get(pk=tool_id)
    user = User.objects.get(pk=user_id)
    by = Actor(tenant=tool.tenant, user=user, role=Role.ADMIN, door=Door.WEB, label=str(user))
    wanted = Wanted(tool.server_id, tool.pk, json.loads(arguments))
    mcp_calling.call(wanted, by=by, now=timezone.now())


if __name__ == "__main__":
    main(*sys.argv[1:])
