"""Addresses of the integrations' pages."""

from django.urls import URLPattern, URLResolver, path

from integrations.views import (
    configuration,
    connector_actions,
    connectors,
    credentials,
    decisions,
    hygiene,
    integrations,
    keys,
    limits,
    prices,
)

app_name = "integrations"
urlpatterns: list[URLPattern | URLResolver] = [
    path("integrations", integrations.integration_list, name="integrations"),
    path("integrations/new", integrations.new, name="integration-new"),
    path("integrations/configuration", configuration.configuration, name="configuration"),
    path("integrations/configuration/export", configuration.export, name="configuration-export"),
    path("integrations/configuration/import", configuration.confirm, name="configuration-import"),
    path("integrations/<slug:integration_id>", integrations.integration, name="integration"),
    path("integrations/<slug:integration_id>/edit", integrations.edit, name="integration-edit"),
    path("integrations/<slug:integration_id>/usage", integrations.usage_of, name="usage"),
    path("integrations/<slug:integration_id>/health", integrations.health_of, name="health"),
    path("integrations/<slug:integration_id>/test", integrations.test, name="integration-test"),
    path("integrations/<slug:integration_id>/enable", integrations.enable, name="enable"),
    path("integrations/<slug:integration_id>/disable", integrations.disable, name="disable"),
    path(
        "integrations/<slug:integration_id>/delete", integrations.delete, name="integration-delete"
    ),
    path("integrations/<slug:integration_id>/keys", keys.issue, name="key-issue"),
    path(
        "integrations/<slug:integration_id>/limits",
        limits.of_integration,
        name="integration-limits",
    ),
    path("integrations/<slug:integration_id>/enforce", limits.enforce, name="enforce"),
    path("integrations/<slug:integration_id>/observe", limits.observe, name="observe"),
    path("integrations/<slug:integration_id>/raise", limits.raise_limits, name="raise"),
    path("integrations/<slug:integration_id>/raise/end", limits.end_raise, name="raise-end"),
    path("limits", limits.limit_list, name="limits"),
    path("limits/decisions", decisions.decision_list, name="decisions"),
    path("limits/decisions/<slug:enforcement_id>", decisions.decision, name="decision"),
    path("prices", prices.price_list, name="prices"),
    path("prices/new", prices.enter, name="price-enter"),
    path("prices/reprice", prices.reprice, name="reprice"),
    path("prices/<slug:price_id>/end", prices.end, name="price-end"),
    path("integration-keys/<int:key_number>/revoke", keys.revoke, name="key-revoke"),
    path("credentials", credentials.credential_list, name="credentials"),
    path("credentials/new", credentials.new, name="credential-new"),
    path("credentials/hygiene", hygiene.hygiene, name="credential-hygiene"),
    path("credentials/accesses", hygiene.access_list, name="credential-accesses"),
    path("credentials/<slug:credential_id>", credentials.credential, name="credential"),
    path("credentials/<slug:credential_id>/rotate", credentials.rotate, name="credential-rotate"),
    path("credentials/<slug:credential_id>/delete", credentials.delete, name="credential-delete"),
    path("connectors", connectors.connector_list, name="connectors"),
    path("connectors/new", connectors.new, name="connector-new"),
    path("connectors/<slug:connector_id>", connectors.connector, name="connector"),
    path("connectors/<slug:connector_id>/edit", connectors.edit, name="connector-edit"),
    path("connectors/<slug:connector_id>/test", connectors.test, name="connector-test"),
    path("connectors/<slug:connector_id>/switch", connectors.switch, name="connector-switch"),
    path("connectors/<slug:connector_id>/delete", connectors.delete, name="connector-delete"),
    path("connectors/<slug:connector_id>/try", connector_actions.try_out, name="connector-try"),
    path("connectors/<slug:connector_id>/actions/new", connector_actions.new, name="action-new"),
    path(
        "connectors/<slug:connector_id>/actions/<slug:action_name>",
        connector_actions.edit,
        name="action-edit",
    ),
    path(
        "connectors/<slug:connector_id>/actions/<slug:action_name>/delete",
        connector_actions.delete,
        name="action-delete",
    ),
]
