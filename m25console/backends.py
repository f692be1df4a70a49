"""Who a session belongs to."""

from django.contrib.auth.backends import ModelBackend

from m25console.models import Membership, User


class MembersBackend(ModelBackend):
    """Loads a person together with what every page asks next: where they are a member."""

    def get_user(self, user_id: int) -> User | None:
        """The active person, their memberships by tenant name in `known_memberships`.

        One query for whoever is a member anywhere; for others the field stays away.
        """
        rows = Membership.objects.filter(user=user_id).usable().by_tenant_name()
        memberships = list(rows.select_related("user", "tenant"))
        if not memberships:
            return super().get_user(user_id)
        person = memberships[0].user
        person.known_memberships = memberships
        return person if self.user_can_authenticate(person) else None
