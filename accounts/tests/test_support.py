"""What members of the support group see and do in the admin, and what nobody does there but a superuser."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessToken, User
from conversations.models import Question
from evaluations.models import Evaluation
from mailqueue.models import Mail
from mailqueue.tasks import deliver
from marketplace.support import PERMISSIONS, SUPPORT
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_photo, create_user
from offers.models import Offer
from pages.models import IntegrityCheck
from reports.tests.helpers import create_report

pytestmark = [pytest.mark.long, pytest.mark.django_db]

READ = {
    "account_emailaddress", "accounts_user", "cleanings_cleaning", "cleanings_event", "cleanings_photo",
    "conversations_question",
    "evaluations_evaluation", "mailqueue_mail", "notifications_notification", "offers_change", "offers_offer",
    "pages_integritycheck", "reports_report",
}  # fmt: skip


@pytest.fixture
def support(client):
    """The browser of Sam, a member of the group, in a town where something happened."""
    create_cast()
    sam = create_user("sam", is_staff=True)
    sam.groups.add(Group.objects.get(name=SUPPORT))
    offer = create_offer(cleaner=create_user("cora"), status="completed")
    Evaluation.write(offer, by=offer.cleaner, overall_rating=1, comment="A rude word")
    Authenticator.objects.create(user=create_user("carl"), type="totp", data={"secret": "canary-secret"})
    client.force_login(sam)
    return client


def names(permissions):
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}


def act(client, model, verb, *things, **values):
    """Send the admin action for a verb on these rows, confirmed, and return the page that follows."""
    chosen = {"action": verb, "_selected_action": [thing.pk for thing in things], "confirmed": "yes"}
    return client.post(reverse(f"admin:{model}_changelist"), chosen | values, follow=True).content.decode()


def page_of(client, person):
    return client.get(reverse("admin:accounts_user_change", args=[person.pk])).content.decode()


def test_migrate_writes_the_group_and_mends_it():
    group = Group.objects.get(name=SUPPORT)
    assert names(group.permissions.all()) == set(PERMISSIONS)
    group.permissions.set(Permission.objects.filter(codename="change_user"))
    call_command("migrate", verbosity=0)
    assert names(group.permissions.all()) == set(PERMISSIONS)
    group.delete()
    call_command("migrate", verbosity=0)
    assert names(Group.objects.get(name=SUPPORT).permissions.all()) == set(PERMISSIONS)


def test_the_group_changes_no_row_and_gives_no_permission():
    verbs = {"accounts.deactivate_user", "accounts.hide_content", "cleanings.close_cleaning"}
    verbs |= {"evaluations.hide_evaluation", "reports.decide_report"}
    assert {name for name in PERMISSIONS if ".view_" not in name} == verbs


def test_support_sees_every_list_and_no_others(support):
    lists = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    answers = {name: support.get(reverse(f"admin:{name}_changelist")).status_code for name in lists}
    assert {name for name, status in answers.items() if status == 200} == READ
    assert {status for name, status in answers.items() if name not in READ} == {403}
    assert "usersessions_usersession" not in lists


@pytest.mark.parametrize("who", ["support", "superuser"])
def test_no_page_of_the_admin_shows_a_hash_a_session_key_or_a_secret(support, who):
    if who == "superuser":
        support.force_login(create_user("ada"))
    carl = create_user("carl")
    Client().post("/accounts/login/", {"login": "carl", "password": PASSWORD})
    token, _ = AccessToken.make(by=carl, name="A script", scope="read", days=7)
    secrets = [
        token.digest,
        "canary-secret",
        *carl.password.split("$")[1:],
        *UserSession.objects.values_list("session_key", flat=True),
    ]
    pages = [page_of(support, carl), support.get(reverse("admin:accounts_user_changelist")).content.decode()]
    for model in admin.site._registry:
        pages.append(
            support.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).content.decode()
        )
    assert [secret for secret in secrets if secret in "\n".join(pages)] == []
    # Django's own page shows with which algorithm, and the first characters of salt and hash.
    assert "algorithm" not in pages[0]
    assert "carl@example.org" in pages[0]
    assert ("Set a password" in pages[0]) == (who == "superuser")


def test_a_password_cannot_be_guessed_by_filtering(support):
    support.force_login(create_user("ada"))
    for name, lookup in (
        ("accounts_user", "password__startswith"),
        ("account_emailaddress", "user__password__startswith"),
        ("mfa_authenticator", "data__secret__startswith"),
        ("accounts_accesstoken", "digest__startswith"),
    ):
        assert support.get(reverse(f"admin:{name}_changelist")).status_code == 200
        answer = support.get(reverse(f"admin:{name}_changelist"), {lookup: "md5"})
        assert answer.status_code in (302, 400), (lookup, name)


# The group nowhere, and a superuser not where verbs alone change a row.
REFUSED = [("sam", name) for name in sorted(READ)] + [("ada", name) for name in sorted(READ - {"accounts_user"})]


def create_the_others():
    """A row of each model that the town is without."""
    agreed = create_offer(cleaning=create_cleaning(), status="accepted")
    agreed.suggest(by=agreed.cleaner, hourly_rate="25")
    create_photo(cleaning=create_report().subject.row)
    Question.ask(create_cleaning(), by=create_user("stan"), text="Is there a lift?")
    Mail.objects.bulk_create([Mail(task_path=deliver.module_path, args_kwargs={}, run_after=timezone.now())])
    IntegrityCheck.objects.create(findings=[], seconds=1)


@pytest.mark.parametrize(("who", "name"), REFUSED)
def test_forged_changes_are_refused(support, private, who, name):
    support.force_login(create_user(who))
    model = next(found for found in admin.site._registry if f"{found._meta.app_label}_{found._meta.model_name}" == name)
    create_the_others()
    row = model.objects.first()
    forged = {"is_superuser": "on", "is_staff": "on", "email": "x@example.org", "username": "x", "verified": "on"}
    assert support.post(reverse(f"admin:{name}_change", args=[row.pk]), forged).status_code == 403
    assert support.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert support.post(reverse(f"admin:{name}_add"), {}).status_code == 403


def test_nobody_but_a_superuser_sets_a_password(support):
    carl = create_user("carl")
    url = reverse("admin:auth_user_password_change", args=[carl.pk])
    typed = {"usable_password": "true", "password1": "yellow-broom-9", "password2": "yellow-broom-9"}
    assert support.post(url, typed).status_code == 403
    create_user("sam").user_permissions.add(Permission.objects.get(codename="change_user"))
    assert support.post(url, typed).status_code == 403
    support.force_login(create_user("ada"))
    assert support.post(url, typed).status_code == 302
    assert User.objects.get(pk=carl.pk).check_password("yellow-broom-9")


def test_no_account_is_deleted_by_a_superuser_either(support):
    carl = create_user("carl")
    support.force_login(create_user("ada"))
    assert support.post(reverse("admin:accounts_user_delete", args=[carl.pk]), {"post": "yes"}).status_code == 403
    assert "Delete selected" not in support.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert User.objects.filter(pk=carl.pk).exists()


def test_support_closes_cleanings_hides_evaluations_and_deactivates_people(support):
    cleaning, carl, evaluation = create_cleaning(), create_user("carl"), Evaluation.objects.get()
    act(support, "cleanings_cleaning", "close", cleaning)
    act(support, "evaluations_evaluation", "hide", evaluation, reason="insults")
    act(support, "accounts_user", "deactivate", carl)
    for row in (cleaning, evaluation, carl):
        row.refresh_from_db()
    assert (cleaning.status, evaluation.is_hidden, carl.is_active) == ("closed", True, False)
    assert LogEntry.objects.filter(user__username="sam").count() == 3


def test_support_is_offered_no_other_verb(support):
    offer, carl = create_offer(), create_user("carl")
    act(support, "offers_offer", "reject", offer)
    act(support, "cleanings_cleaning", "delete", create_cleaning())
    carl.deactivate(by=create_user("ada"))
    act(support, "accounts_user", "reactivate", carl)
    carl.refresh_from_db()
    assert (Offer.objects.get(pk=offer.pk).status, carl.is_active, LogEntry.objects.count()) == ("rescinded", False, 0)
    verbs = re.compile(r">([A-Z][a-z ]+): selected")
    people = reverse("admin:accounts_user_changelist")
    assert verbs.findall(support.get(people).content.decode()) == ["Deactivate"]
    support.force_login(create_user("ada"))
    assert verbs.findall(support.get(people).content.decode()) == ["Log out everywhere", "Deactivate", "Reactivate"]
    act(support, "accounts_user", "reactivate", carl)
    carl.refresh_from_db()
    assert carl.is_active


def test_support_deactivates_no_staff_and_nobody_themselves(support):
    ada, sam = create_user("ada"), create_user("sam")
    assert "Ada: This account is not yours to deactivate." in act(support, "accounts_user", "deactivate", ada)
    act(support, "accounts_user", "deactivate", sam)
    support.force_login(ada)
    act(support, "accounts_user", "deactivate", ada)
    assert set(User.objects.filter(username__in=("ada", "sam")).values_list("is_active", flat=True)) == {True}
    act(support, "accounts_user", "deactivate", sam)
    assert not User.objects.get(username="sam").is_active


def test_the_confirming_page_says_what_becomes_of_the_person(support):
    carl = create_user("carl")
    chosen = {"action": "deactivate", "_selected_action": [carl.pk]}
    page = support.post(reverse("admin:accounts_user_changelist"), chosen).content.decode()
    assert "We withdraw their waiting offers" in page
    assert User.objects.get(pk=carl.pk).is_active


def test_whoever_may_change_people_changes_no_powers_and_no_staff(support):
    sam, carl, ada = (create_user(name) for name in ("sam", "carl", "ada"))
    sam.user_permissions.add(Permission.objects.get(codename="change_user"))
    form = page_of(support, carl)
    assert 'name="username"' in form
    assert not re.search(r'name="(email|is_staff|is_superuser|groups|user_permissions|is_active|password)"', form)
    url = reverse("admin:accounts_user_change", args=[carl.pk])
    sent = {"username": "karl", "email": "x@example.org", "is_superuser": "on", "is_staff": "on", "is_active": ""}
    sent |= {"profile-TOTAL_FORMS": "0", "profile-INITIAL_FORMS": "0"}
    assert support.post(url, sent).status_code == 302
    carl.refresh_from_db()
    assert (carl.username, carl.email) == ("karl", "carl@example.org")
    assert (carl.is_superuser, carl.is_staff, carl.is_active) == (False, False, True)
    # A superuser's powers reach further than the admin's door.
    for powers in ({"is_staff": True}, {"is_superuser": True}, {}):
        User.objects.filter(pk=ada.pk).update(**{"is_staff": False, "is_superuser": False} | powers)
        answer = support.post(reverse("admin:accounts_user_change", args=[ada.pk]), sent | {"username": "ida"})
        assert answer.status_code == (403 if powers else 302)
