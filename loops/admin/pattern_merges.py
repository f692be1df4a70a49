"""What people said about which failures are the same."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.PatternMerge)
class PatternMergeAdmin(ReadOnlyAdmin):
    list_display = ("source_id", "into_id", "incidents", "label", "reason", "at", "tenant")
    list_filter = ("tenant",)
    search_fields = ("source__id__exact", "into__id__exact")
    ordering = ("tenant", "-at", "-id")


@admin.register(models.PatternSplit)
class PatternSplitAdmin(ReadOnlyAdmin):
    list_display = (
        "into_id", "source_id", "undoes_id", "incidents", "label", "reason", "at", "tenant",
    )  # fmt: skip
    list_filter = ("tenant", ("undoes", admin.EmptyFieldListFilter))
    search_fields = ("source__id__exact", "into__id__exact")
    ordering = ("tenant", "-at", "-id")


@admin.register(models.PatternAlias)
class PatternAliasAdmin(ReadOnlyAdmin):
    list_display = ("pattern_id", "heir_id", "bucket", "heir_bucket", "tenant")
    list_filter = ("tenant",)
    search_fields = ("pattern__id__exact", "heir__id__exact")
    ordering = ("pattern",)


@admin.register(models.CannotLink)
class CannotLinkAdmin(ReadOnlyAdmin):
    list_display = ("left_id", "right_id", "label", "reason", "at", "lifted_at", "tenant")
    list_filter = ("tenant", ("lifted_at", admin.EmptyFieldListFilter))
    search_fields = ("left__id__exact", "right__id__exact")
    ordering = ("tenant", "-at", "-id")
