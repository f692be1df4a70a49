from integrations.domain.states import INTEGRATION_MOVES, IntegrationStatus


def test_every_status_says_where_it_may_go():
    assert set(INTEGRATION_MOVES) == set(IntegrationStatus)
    assert set().union(*INTEGRATION_MOVES.values()) <= set(IntegrationStatus)
