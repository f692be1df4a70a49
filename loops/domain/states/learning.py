"""What policies achieved, and what harm they did."""

from enum import StrEnum


class PreventionOutcome(StrEnum):
    PREVENTED = "prevented"  # the request was stopped before it could fail
    MITIGATED = "mitigated"  # it was slowed down
    FAILED = "failed"  # the pattern came back although the policy was in force
    NOT_APPLICABLE = "not_applicable"


class RegretType(StrEnum):
    """How a policy did harm."""

    FALSE_POSITIVE = "false_positive"  # it stopped a good request
    PERF = "perf"  # it slowed things down
    ESCALATION = "escalation"  # it bothered people for nothing
    USER_OVERRIDE = "user_override"  # somebody had to get around it
    CASCADE = "cascade"  # it made something else fail


class ContractRule(StrEnum):
    """The rules of prevention contract 1.0.0, in the order they are checked."""

    POLICY_MODE = "POLICY_MODE"
    INCIDENT_CREATED = "INCIDENT_CREATED"
    SIGNATURE_CONFIDENCE = "SIGNATURE_CONFIDENCE"
    TENANT_REQUIRED = "TENANT_REQUIRED"
    PATTERN_REQUIRED = "PATTERN_REQUIRED"
    POLICY_REQUIRED = "POLICY_REQUIRED"
    TENANT_MISMATCH = "TENANT_MISMATCH"
    SIGNATURE_MISMATCH = "SIGNATURE_MISMATCH"
    FEATURE_PATH = "FEATURE_PATH"
    BEFORE_ACTIVATION = "BEFORE_ACTIVATION"
    IMMUTABLE = "IMMUTABLE"
    NO_DELETE = "NO_DELETE"
