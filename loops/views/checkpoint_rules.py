"""How the tenant wants its people to be asked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from loops.actions import checkpoint_rules
from loops.asking_form import RulesForm
from loops.presenters.checkpoint_rules import in_words, kinds
from m25console.access import actor_of, check_administers, verdict
from m25console.forms import tell
from m25console.refusals import InvalidInput

PAGE = "loops/checkpoints/rules.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """The form, for admins to change; everybody may read what holds."""
    actor = actor_of(request)
    held = checkpoint_rules.rules_of(actor.tenant)
    form = RulesForm(request.POST) if request.method == "POST" else RulesForm.of(held)
    if request.method == "POST":
        check_administers(actor)
        if form.is_valid():
            try:
                checkpoint_rules.change(rules=form.rules(), by=actor, now=timezone.now())
            except InvalidInput as refused:
                tell(form, refused)
            else:
                messages.success(request, "Saved. Questions asked from now on follow these rules.")
                return redirect("loops:checkpoint-rules")
    context = {
        "form": form,
        "rows": [(kind, form.choices_for(kind.type)) for kind in kinds()],
        "told": in_words(held),
        "may": verdict(check_administers, actor),
    }
    return render(request, PAGE, context, status=422 if form.errors else 200)
