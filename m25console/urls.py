from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from integrations.api import routes as integration_routes
from loops.api import routes as loop_routes
from loops.views import design, home
from m25console.api.root import console_api
from m25console.views import account, finding, frame, health, members, permissions, sign_in, tokens

handler403 = "m25console.views.frame.forbidden"
handler404 = "m25console.views.frame.not_found"
handler500 = "m25console.views.frame.server_error"

api = console_api()
loop_routes.attach(api)
integration_routes.attach(api)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),  # first, as most requests are machines'
    path("healthz/live", health.live, name="healthz-live"),
    path("healthz/ready", health.ready, name="healthz-ready"),
    path("metrics", health.prometheus, name="metrics"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("account/", account.account, name="account"),
    path("account/preferences/", account.preferences, name="preferences"),
    path("tenant/", account.switch_tenant, name="switch-tenant"),
    path("tenant/leave/", account.leave_tenant, name="leave-tenant"),
    path("tenant/<slug:tenant_id>/enter/", account.enter_tenant, name="enter-tenant"),
    path("members/", members.member_list, name="members"),
    path("members/<int:membership_id>/role/", members.member_role, name="member-role"),
    path("members/<int:membership_id>/remove/", members.member_remove, name="member-remove"),
    path("tokens/", tokens.token_list, name="tokens"),
    path("tokens/<slug:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("settings/permissions", permissions.permissions, name="permissions"),
    path("navigation/", frame.navigation, name="navigation"),
    path("shortcuts", finding.keys, name="shortcuts"),
    path("search", finding.search, name="search"),
    path("admin/", admin.site.urls),
    path("design", design.design_system, name="design"),
    path("", home.home, name="home"),
    path("", include("loops.urls")),
    path("", include("integrations.urls")),
]
