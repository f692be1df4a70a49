import ast
from pathlib import Path

from m25console.runtime.layout import PROJECT_DIR

WIRE = {"mcp", "mcp_types", "httpx2", "integrations.mcp.wire", "integrations.mcp.transport"}


def names(statement: ast.stmt) -> set[str]:
    """What a statement imports, and the packages it is in."""
    match statement:
        case ast.ImportFrom(module=str(module)):
            return {
                module,
                module.split(".")[0],
                *(f"{module}.{one.name}" for one in statement.names),
            }
        case ast.Import():
            return {part for one in statement.names for part in (one.name, one.name.split(".")[0])}
    return set()


def imports_the_wire(path: Path) -> bool:
    return any(names(one) & WIRE for one in ast.parse(path.read_text()).body)


def test_the_package_that_speaks_to_servers_is_loaded_once_one_is_asked():
    sources = (PROJECT_DIR / "integrations").rglob("*.py")
    found = {str(one.relative_to(PROJECT_DIR)) for one in sources if imports_the_wire(one)}
    # The demo's own server is loaded by the demo alone.
    assert found == {
        "integrations/mcp/transport.py", "integrations/mcp/wire.py", "integrations/sample/mcp.py"
    }  # fmt: skip
