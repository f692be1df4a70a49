"""What people keep beside a question: holds, remarks, snoozes, delegations, views."""

from django.contrib import admin

from loops import models
from m25console.admin_base import ReadOnlyAdmin


@admin.register(models.HeldDecision)
class HeldDecisionAdmin(ReadOnlyAdmin):
    list_display = ("checkpoint_id", "person", "option", "state", "at", "effect_at", "tenant")
    list_select_related = ("tenant", "person")
    list_filter = ("state", "option")
    search_fields = ("checkpoint_id__exact", "person__username__exact")
    ordering = ("-id",)


@admin.register(models.DecisionSnapshot)
class DecisionSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("decision_id", "tenant")
    search_fields = ("decision__checkpoint_id__exact",)
    ordering = ("-decision",)


@admin.register(models.CheckpointComment)
class CheckpointCommentAdmin(ReadOnlyAdmin):
    list_display = ("checkpoint_id", "author", "text", "at", "tenant")
    list_select_related = ("tenant", "author")
    search_fields = ("checkpoint_id__exact", "author__username__exact")
    ordering = ("-id",)


@admin.register(models.CommentMention)
class CommentMentionAdmin(ReadOnlyAdmin):
    list_display = ("comment_id", "person", "tenant")
    list_select_related = ("tenant", "person")
    search_fields = ("person__username__exact",)
    ordering = ("-id",)


@admin.register(models.CheckpointSnooze)
class CheckpointSnoozeAdmin(ReadOnlyAdmin):
    list_display = ("checkpoint_id", "person", "until", "tenant")
    list_select_related = ("tenant", "person")
    search_fields = ("checkpoint_id__exact", "person__username__exact")
    ordering = ("-id",)


@admin.register(models.Delegation)
class DelegationAdmin(ReadOnlyAdmin):
    list_display = ("delegator", "delegate", "starts_at", "ends_at", "ended_at", "tenant")
    list_select_related = ("tenant", "delegator", "delegate")
    list_filter = ("tenant",)
    search_fields = ("delegator__username__exact", "delegate__username__exact")
    ordering = ("-id",)


@admin.register(models.SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    list_display = ("name", "owner", "is_shared", "tenant", "created_at")
    list_select_related = ("tenant", "owner")
    list_filter = ("is_shared",)
    search_fields = ("name",)
    ordering = ("-id",)
