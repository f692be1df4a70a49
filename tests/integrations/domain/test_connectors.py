import pytest

from integrations.domain import connector_settings
from integrations.domain.connector_paths import PathFault, check_template, joined, queried
from integrations.domain.connectors import CAPABILITIES, MOVES, ConnectorStatus, ConnectorType
from integrations.domain.sql_templates import (
    Kind,
    Parameter,
    TemplateFault,
    bound,
    check,
    coerced,
    for_driver,
    names_in,
    places_in,
)

HERE = {"base_url": "https://x.org"}
TWO = [Parameter("one", is_required=False), Parameter("two", Kind.INTEGER)]


def test_every_type_has_settings_and_capabilities_and_every_state_its_moves():
    assert set(connector_settings.SETTINGS) == set(CAPABILITIES) == set(ConnectorType)
    assert set(MOVES) == set(ConnectorStatus)


@pytest.mark.parametrize(
    ("kind", "config", "field"),
    [
        (ConnectorType.HTTP, HERE | {"colour": 1}, "colour"),
        (ConnectorType.HTTP, {}, "base_url"),
        (ConnectorType.HTTP, {"base_url": "https://x.org?a=1"}, "base_url"),
        (ConnectorType.HTTP, HERE | {"timeout_seconds": 31}, "timeout_seconds"),
        (ConnectorType.HTTP, HERE | {"timeout_seconds": True}, "timeout_seconds"),
        (ConnectorType.HTTP, HERE | {"allowed_methods": []}, "allowed_methods"),
        (ConnectorType.HTTP, HERE | {"auth_type": "magic"}, "auth_type"),
        (ConnectorType.HTTP, HERE | {"auth_header": "X Y"}, "auth_header"),
        (ConnectorType.FILE, {"storage_type": "s3"}, "bucket"),
        (ConnectorType.SQL, {"host": "db", "database": "x", "is_read_only": "yes"}, "is_read_only"),
    ],
)  # fmt: skip
def test_int_57_a_setting_that_is_unknown_missing_or_wrong_is_told_by_its_name(kind, config, field):
    assert list(connector_settings.faults(kind, config)) == [field]


@pytest.mark.parametrize(
    "path", ["customers", "/a/../b", "//evil.org", "/a%2fb", "/a?b=1", "/a#b", "/ü"]
)
def test_a_path_that_could_lead_elsewhere_is_no_action(path):
    with pytest.raises(PathFault):
        check_template(path)


def test_a_parameter_goes_into_its_place_and_the_rest_is_left_over():
    url, left = joined("https://x.org/v1/", "/customers/{id}/notes", {"id": "a b", "text": "hi"})
    assert url == "https://x.org/v1/customers/a%20b/notes"
    assert left == {"text": "hi"}
    assert queried(url, {"q": "ä&b", "n": [1, 2]}).endswith("?q=%C3%A4%26b&n=1&n=2")


@pytest.mark.parametrize("value", ["../admin", "..", "a/b", "a\\b", "", None, {"a": 1}, "a\r\nb"])
def test_int_58_a_value_that_would_leave_its_place_in_the_path_is_refused(value):
    with pytest.raises(PathFault):
        joined("https://x.org", "/customers/{id}", {"id": value})


def test_int_59_an_optional_value_left_out_keeps_the_places_of_the_others():
    values, warnings = bound(TWO, {"two": "7", "three": 3})
    assert values == {"one": None, "two": 7}
    assert "three" in warnings[0]


@pytest.mark.parametrize(
    "payload", [{}, {"two": None}, {"two": "x"}, {"two": True}, {"two": 2**63}]
)
def test_int_59_a_required_value_that_is_missing_or_wrong_is_an_error(payload):
    with pytest.raises(TemplateFault, match="two"):
        bound(TWO, payload)


@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        (Kind.TEXT, "Updated --selected; DROP", "Updated --selected; DROP"),
        (Kind.BOOLEAN, "yes", True),
        (Kind.BOOLEAN, "on", False),
        (Kind.INTEGERS, ["1", 2], [1, 2]),
        (Kind.FLOAT, "1.5", 1.5),
    ],
)
def test_a_value_takes_its_kind(kind, value, made):
    assert coerced(Parameter("p", kind), value) == made


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (Parameter("p", Kind.DATE), "2026-1-5"),
        (Parameter("p", Kind.FLOAT), "nan"),
        (Parameter("p", Kind.TEXTS), "a"),
        (Parameter("p", max_length=2), "abc"),
        (Parameter("p", Kind.INTEGER, most=5), 6),
        (Parameter("p"), "a\0"),
    ],
)
def test_a_value_beyond_its_bounds_is_an_error(parameter, value):
    with pytest.raises(TemplateFault):
        coerced(parameter, value)


def test_names_are_found_where_they_are_names_and_percent_signs_stay():
    sql = "SELECT ':no', a::text, \":no\" FROM t WHERE b LIKE '%x' AND c = :yes -- :no\n"
    sql += " AND d = :yes;"
    assert (names_in(sql), places_in(sql)) == (["yes"], ["yes", "yes"])
    assert for_driver(sql).endswith("c = %s -- :no\n AND d = %s")
    assert "'%%x'" in for_driver(sql)


@pytest.mark.parametrize(
    "sql", ["", "SELECT 1; DELETE FROM t", "SELECT :other", "SELECT $a$;$a$", "SELECT E'\\''"]
)
def test_what_is_not_one_statement_with_these_parameters_is_no_template(sql):
    with pytest.raises(TemplateFault):
        check(sql, [])
