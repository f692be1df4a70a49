"""Servers as the documentation of the MCP registry writes them."""

import pytest

from integrations.domain.mcp_catalogue import Offer, offers

REMOTE = {"type": "streamable-http", "url": "https://analytics.example.com/mcp"}
SSE = {"type": "sse", "url": "https://analytics.example.com/sse"}
STDIO = {
    "registryType": "npm", "identifier": "@example/email-integration-mcp", "version": "1.0.0",
    "transport": {"type": "stdio"},
}  # fmt: skip
OFFICIAL = "io.modelcontextprotocol.registry/official"


def server(**rest) -> dict:
    return {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "com.example/acme-analytics",
        "title": "ACME Analytics",
        "description": "Real-time business intelligence and reporting platform",
        "version": "2.0.0",
    } | rest


def only(document: object) -> Offer:
    [offer] = offers(document)
    return offer


def test_a_remote_is_registered_by_its_address_and_keeps_what_its_publisher_said():
    offer = only(server(remotes=[SSE, REMOTE]))
    assert (offer.name, offer.wrong) == ("com.example/acme-analytics", "")
    assert offer.server == {
        "name": "com.example/acme-analytics",
        "url": "https://analytics.example.com/mcp",
        "transport": "http",
        "description": "Real-time business intelligence and reporting platform",
        "metadata": {
            "registry_name": "com.example/acme-analytics",
            "registry_version": "2.0.0",
            "title": "ACME Analytics",
        },
    }
    assert only(server(remotes=[SSE])).server["transport"] == "sse"


def test_the_headers_it_wants_are_named_and_never_filled_in():
    header = {"name": "X-API-Key", "isRequired": True, "isSecret": True, "value": "sk-1"}
    told = only(server(remotes=[REMOTE | {"headers": [header]}])).server
    assert told["metadata"]["wants_headers"] == "X-API-Key"
    assert "sk-1" not in str(told)


def test_what_runs_by_stdio_only_is_refused_unless_there_is_a_remote_too():
    refused = only(server(packages=[STDIO]))
    assert refused.server is None
    assert "by stdio (npm @example/email-integration-mcp)" in refused.wrong
    assert only(server(packages=[STDIO], remotes=[REMOTE])).server


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, "no remote"),
        ({"packages": [STDIO | {"transport": REMOTE}]}, "has to be run first"),
        ({"remotes": [{"type": "websocket", "url": "wss://x.example"}]}, "none of its remotes"),
        ({"remotes": [REMOTE | {"url": "https://{tenant_id}.example.com/mcp"}]}, "tenant_id"),
        ({"status": "deleted", "remotes": [REMOTE]}, "deleted"),
    ],
)
def test_every_refusal_says_why(change: dict, why: str):
    offer = only(server(**change))
    assert offer.server is None
    assert why in offer.wrong


def test_a_variable_with_a_usual_value_is_filled_in():
    remote = REMOTE | {
        "url": "https://{region}.example.com/mcp",
        "variables": {"region": {"default": "eu-west-1", "choices": ["eu-west-1"]}},
    }
    assert only(server(remotes=[remote])).server["url"] == "https://eu-west-1.example.com/mcp"


def test_the_list_of_a_registry_is_read_and_older_versions_are_left():
    listed = {
        "servers": [
            {"server": server(remotes=[REMOTE]), "_meta": {OFFICIAL: {"isLatest": True}}},
            {
                "server": server(version="1.0.0", remotes=[REMOTE]),
                "_meta": {OFFICIAL: {"isLatest": False}},
            },
        ],
        "metadata": {"count": 2, "nextCursor": "x"},
    }
    found = offers(listed)
    assert [bool(one.server) for one in found] == [True, False]
    assert "newer version" in found[1].wrong
    assert len(offers([server(), server()])) == 2


@pytest.mark.parametrize("document", [None, 1, "x", {}, [], {"servers": []}, {"servers": 3}])
def test_what_is_none_of_these_offers_nothing(document: object):
    assert offers(document) == []


@pytest.mark.parametrize(
    "told",
    [
        1, {"name": 1}, {"name": "no slash"}, {"name": "a/b", "remotes": 1},
        {"name": "a/b", "remotes": [1, {"type": 1, "url": 2}]},
        {"name": "a/b", "packages": ["x", {"transport": 1}]},
    ],
)  # fmt: skip
def test_whatever_is_written_there_is_refused_by_a_sentence(told: object):
    assert only([told]).wrong
