"""An MCP server of FastMCP for tests of calls, run as a program of its own: `workbench.py PORT`."""

import sys
import time
from pathlib import Path

from fastmcp import FastMCP

served = FastMCP("workbench")
READS = {"readOnlyHint": True}


@served.tool(annotations=READS)
def get_row(id: int) -> dict[str, int]:  # noqa: A002 - as its callers name it
    """Tells a row."""
    return {"id": id}


@served.tool
def sleep_long() -> str:
    """Takes its time."""
    time.sleep(20)
    return "done"


@served.tool(annotations={"idempotentHint": True})
def append_row(file: str) -> str:
    """Writes a line at once, and takes its time to say so."""
    with Path(file).open("a") as rows:
        rows.write("a row\n")
    return sleep_long()


@served.tool
def find_nothing() -> str:
    """Fails."""
    raise ValueError("there is no such row")


@served.tool
def delete_row(id: int) -> str:  # noqa: A002 - as its callers name it
    """Deletes a row."""
    return f"row {id} is gone"


if __name__ == "__main__":
    served.run(
        transport="http", host="127.0.0.1", port=int(sys.argv[1]), path="/mcp", show_banner=False
    )
