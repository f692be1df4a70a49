import base64

import pytest

from integrations.domain.references import Reference, ReferenceFault, Scheme, masked, parse

BLOB = base64.urlsafe_b64encode(bytes(range(200, 230))).decode()


def parsed(text: str, *, is_development: bool = False) -> Reference:
    return parse(text, tenant_id="ten_a", is_development=is_development)


def test_int_01_a_sealed_reference_is_taken():
    assert parsed(f" encrypted://{BLOB} ") == Reference(Scheme.ENCRYPTED, BLOB)


@pytest.mark.parametrize("text", ["encrypted://abcd", "encrypted://not base64!", "encrypted://é"])
def test_a_sealed_reference_that_can_hold_no_secret_is_refused(text):
    with pytest.raises(ReferenceFault):
        parsed(text)


@pytest.mark.parametrize(
    ("raw", "vendor"),
    [
        pytest.param("sk-abc123", "OpenAI", id="int_02"),
        pytest.param("sk-ant-xyz", "Anthropic", id="int_03"),
        ("anthropic-x", "Anthropic"),
        ("az-1", "Azure"),
        ("aws_k", "AWS"),
        ("AIzaSyAbc", "Google"),
        ("xai-1", "xAI"),
        ("AKIAIOSFODNN7", "AWS"),
        pytest.param("  SK-abc", "OpenAI", id="int_04"),
    ],
)
def test_int_02_03_04_a_raw_key_is_refused_by_its_vendor_and_never_repeated(raw, vendor):
    with pytest.raises(ReferenceFault, match=vendor) as refused:
        parsed(raw)
    assert raw.strip() not in str(refused.value)


@pytest.mark.parametrize("text", ["", "   ", "hello", "https://key"])
def test_int_04_what_is_no_reference_is_refused(text):
    with pytest.raises(ReferenceFault):
        parsed(text)


def test_int_05_the_old_scheme_is_refused_with_a_hint():
    with pytest.raises(ReferenceFault, match="cus-vault://"):
        parsed("vault://secret/x")


def test_int_06_the_vault_is_that_of_the_own_tenant():
    assert parsed("cus-vault://ten_a/cred_1") == Reference(Scheme.VAULT, "cred_1")
    for text in ("cus-vault://ten_b/cred_1", "cus-vault://ten_a", "cus-vault://ten_a/a/b"):
        with pytest.raises(ReferenceFault):
            parsed(text)


def test_int_07_a_variable_is_taken_in_development_and_by_its_prefix():
    named = "env://LLM_API_KEY_X"
    assert parsed(named, is_development=True) == Reference(Scheme.ENVIRONMENT, "LLM_API_KEY_X")
    with pytest.raises(ReferenceFault, match="development"):
        parsed(named)
    with pytest.raises(ReferenceFault, match="CUS_CRED_"):
        parsed("env://HOME", is_development=True)


def test_int_21_a_reference_is_shown_so_that_two_can_be_told_apart_and_none_be_used():
    assert len(BLOB) == 40
    assert masked(f"encrypted://{BLOB}") == f"encrypted://{BLOB[:8]}...{BLOB[-4:]}"
    assert masked("cus-vault://ten_a/cred_1") == "cus-vault://…/cred_1"
    assert masked("env://DEV_KEY") == "env://DEV_KEY"
    assert "ab" not in masked("abcdefgh")
    assert masked("abcdefghijklmnop") == "abcd...op"
