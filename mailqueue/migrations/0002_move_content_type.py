from django.conf import settings
from django.db import migrations


def move_content_type(apps, alias, old_label, new_label):
    """Moves the row, so that permissions and the log, which refer to it by id, stay with their people.

    Both rows exist where the code of the other version ran meanwhile: then its permissions and log are merged.
    """
    ContentType = apps.get_model("contenttypes", "ContentType")
    types = ContentType.objects.using(alias).filter(model="mail")
    old = types.filter(app_label=old_label).first()
    if old is None:
        return
    new = types.filter(app_label=new_label).first()
    if new is None:
        types.filter(pk=old.pk).update(app_label=new_label)
        return
    merge_permissions(apps.get_model("auth", "Permission").objects.using(alias), old, new)
    apps.get_model("admin", "LogEntry").objects.using(alias).filter(content_type=old).update(content_type=new)
    old.delete()


def merge_permissions(permissions, old, new):
    for permission in permissions.filter(content_type=old):
        twin = permissions.filter(content_type=new, codename=permission.codename).first()
        if twin is None:
            permissions.filter(pk=permission.pk).update(content_type=new)
            continue
        twin.group_set.add(*permission.group_set.all())
        twin.user_set.add(*permission.user_set.all())


def forwards(apps, schema_editor):
    move_content_type(apps, schema_editor.connection.alias, "notifications", "mailqueue")


def backwards(apps, schema_editor):
    move_content_type(apps, schema_editor.connection.alias, "mailqueue", "notifications")


class Migration(migrations.Migration):

    dependencies = [
        ('admin', '0003_logentry_add_action_flag_choices'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('mailqueue', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
