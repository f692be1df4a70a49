"""Addresses of the loop's pages."""

from django.urls import URLPattern, URLResolver

app_name = "loops"
urlpatterns: list[URLPattern | URLResolver] = []
