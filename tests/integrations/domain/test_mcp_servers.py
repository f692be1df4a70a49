import pytest

from integrations.domain.mcp_servers import McpServerStatus, McpTransport, endpoint_of
from integrations.domain.mcp_servers import status_after_check as after


@pytest.mark.parametrize(
    ("url", "transport", "endpoint"),
    [
        ("https://a.example", McpTransport.HTTP, "https://a.example/mcp"),
        ("https://a.example/", McpTransport.HTTPS, "https://a.example/mcp"),
        ("https://a.example/api/mcp/", McpTransport.HTTP, "https://a.example/api/mcp/"),
        ("https://a.example", McpTransport.SSE, "https://a.example"),
        ("http://[", McpTransport.HTTP, "http://["),
    ],
)
def test_an_address_without_a_path_means_its_mcp(url, transport, endpoint):
    assert endpoint_of(url, transport) == endpoint


def test_int_64_the_third_failure_in_a_row_is_offline_and_one_answer_is_enough():
    found = [after(is_healthy=False, failures=count) for count in (1, 2, 3, 4)]
    degraded, offline = McpServerStatus.DEGRADED, McpServerStatus.OFFLINE
    assert found == [degraded, degraded, offline, offline]
    assert after(is_healthy=True, failures=0) is McpServerStatus.ACTIVE
