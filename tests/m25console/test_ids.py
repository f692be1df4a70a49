import re

from m25console.ids import new_id


def test_an_id_is_its_prefix_and_sixteen_hex_digits() -> None:
    assert re.fullmatch(r"inc_[0-9a-f]{16}", new_id("inc"))


def test_two_ids_differ() -> None:
    assert new_id("inc") != new_id("inc")
