"""The keys of the loop's pages: lists of rows, and decisions. High risk is approved by none."""

from django.utils.translation import gettext_lazy as _

from m25console.shortcuts import Act, Place, Shortcut

LIST = Place.LIST
DECISION = Place.DECISION

SHORTCUTS = (
    Shortcut(("g q",), _("Go to the queue of checkpoints"), Act.GO, target="loops:checkpoints"),
    Shortcut(("g l",), _("Go to loops"), Act.GO, target="loops:loops"),
    Shortcut(("g p",), _("Go to patterns"), Act.GO, target="loops:patterns"),
    Shortcut(("g r",), _("Go to rules: the policies"), Act.GO, target="loops:policies"),
    Shortcut(("g a",), _("Go to the audit"), Act.GO, target="loops:audit"),
    Shortcut(("j",), _("Next row"), Act.ROW, LIST, "1"),
    Shortcut(("k",), _("Row before"), Act.ROW, LIST, "-1"),
    Shortcut(("o",), _("Open the row, as Enter does"), Act.OPEN, LIST),
    Shortcut(("x",), _("Select the row, or not"), Act.SELECT, LIST, "0"),
    Shortcut(("Shift+j",), _("Select on to the next row"), Act.SELECT, LIST, "1"),
    Shortcut(("Shift+k",), _("Select on to the row before"), Act.SELECT, LIST, "-1"),
    Shortcut(("b",), _("Go to the answers for what is selected"), Act.FOCUS, LIST, "#bulk-approve"),
    Shortcut(
        ("a",),
        _("Approve: once to see the button, again to press it; high risk asks why instead"),
        Act.ANSWER,
        DECISION,
        "#answer-apply, #answer-approve",
    ),
    Shortcut(
        ("r",),
        _("Reject: opens the reason; Ctrl+Enter sends it"),
        Act.REASON,
        DECISION,
        "#answer-reject",
    ),
    Shortcut(
        ("e",), _("Change what is asked for"), Act.FOCUS, DECISION, "#answer-modify, #edit-remedy"
    ),
    Shortcut(("i",), _("Unfold the full payload"), Act.UNFOLD, DECISION, "#full-payload"),
    Shortcut(("c",), _("Claim"), Act.PRESS, DECISION, "#claim"),
    Shortcut(("Shift+c",), _("Release your claim"), Act.PRESS, DECISION, "#release"),
    Shortcut(("z",), _("Snooze"), Act.UNFOLD, DECISION, "#snooze"),
    Shortcut(("u",), _("Undo, while your answer is held"), Act.PRESS, DECISION, "#undo"),
    Shortcut(
        ("n",), _("Next that waits"), Act.NEIGHBOUR, DECISION, "#next-decision, #next-waiting"
    ),
    Shortcut(("p",), _("The one before"), Act.NEIGHBOUR, DECISION, "#previous-waiting"),
)
