from collections import defaultdict

from django.db import IntegrityError, migrations, transaction
from django.db.models.functions import Upper

from accounts.email_addresses import normalize_email

BATCH = 1000


def rows_in_other_forms(model):
    """The rows whose address is not in its one form, by that form: lists of ids, each with the address that it has."""
    found, last = defaultdict(list), 0
    while batch := list(model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "email")[:BATCH]):
        last = batch[-1][0]
        for pk, email in batch:
            if (form := normalize_email(email)) != email:
                found[form].append((pk, email))
    return found


def in_batches(found):
    forms = sorted(found)
    for start in range(0, len(forms), BATCH):
        yield {form: found[form] for form in forms[start : start + BATCH]}


def write(model, pk, email, form):
    """Bring one row into its form; whether that went well."""
    try:
        with transaction.atomic():
            model.objects.filter(pk=pk, email=email).update(email=form)
    except IntegrityError:
        return False
    return True


def normalize_users(User):
    """Return the groups of accounts that would have one address; their rows stay."""
    groups = []
    for batch in in_batches(rows_in_other_forms(User)):
        holders = {form: {pk for pk, _ in rows} for form, rows in batch.items()}
        by_upper = {form.upper(): form for form in batch}
        same = User.objects.exclude(email="").annotate(upper=Upper("email")).filter(upper__in=by_upper)
        for upper, pk in same.values_list("upper", "pk"):
            holders[by_upper[upper]].add(pk)
        with transaction.atomic():
            for form, rows in batch.items():
                if len(holders[form]) > 1 or not write(User, *rows[0], form):
                    groups.append(sorted(holders[form]))
    return groups


def normalize_addresses(EmailAddress, left_alone):
    """Return the accounts that have an address of theirs in two forms, or one that somebody else has confirmed."""
    groups = []
    for batch in in_batches(rows_in_other_forms(EmailAddress)):
        ids = [pk for rows in batch.values() for pk, _ in rows]
        owners = dict(EmailAddress.objects.filter(pk__in=ids).values_list("pk", "user_id"))
        with transaction.atomic():
            for form, rows in batch.items():
                for pk, email in rows:
                    if owners.get(pk) not in left_alone and not write(EmailAddress, pk, email, form):
                        groups.append([owners[pk]])
    return groups


def normalize(apps, schema_editor):
    groups = normalize_users(apps.get_model("accounts", "User"))
    left_alone = {pk for group in groups for pk in group}
    groups += normalize_addresses(apps.get_model("account", "EmailAddress"), left_alone)
    for group in groups:
        ids = ", ".join(map(str, group))
        print(f"\n  Left alone, because their e-mail addresses are one in several forms: accounts {ids}.", end="")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0004_ending_an_account"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(normalize, migrations.RunPython.noop, elidable=True)]
