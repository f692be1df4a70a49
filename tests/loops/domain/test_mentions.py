import pytest

from loops.domain.mentions import names_in, parts_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@sam look", ["sam"]),
        ("Ask @sam.", ["sam"]),
        ("(@sam) @rita.moss, @sam", ["sam", "rita.moss"]),
        ("write to sam@example.com", []),
        ("@ nobody", []),
    ],
)
def test_a_name_after_an_at_is_called_once(text, names):
    assert names_in(text) == names


def test_only_known_names_are_marked():
    found = parts_of("@sam and @samuel", frozenset({"sam"}))
    assert found == [("@sam", True), (" and @samuel", False)]
