"""An MCP server of FastMCP for tests, run as a program of its own: what it lists is in a file.

Started as `python toolbox.py PORT FILE`; the file holds a JSON list of tools by name and
description, read at each start, so that a change and a restart are a drift.
"""

import json
import sys
from pathlib import Path

from fastmcp import FastMCP


def plain() -> str:
    return "done"


def of_table(table: str) -> str:
    return table


def of_table_and_limit(table: str, limit: int = 10) -> str:
    return f"{table} {limit}"


TAKES = {"": plain, "table": of_table, "table, limit": of_table_and_limit}


def main(port: int, file: Path) -> None:
    served = FastMCP("toolbox")
    for one in json.loads(file.read_text()):
        served.tool(
            TAKES[one.get("takes", "")], name=one["name"], description=one["description"],
            annotations=one.get("hints"),
        )  # fmt: skip
    served.run(transport="http", host="127.0.0.1", port=port, path="/mcp", show_banner=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
