from django.db import migrations

import cleanings.words


class Migration(migrations.Migration):
    dependencies = [("cleanings", "0008_what_the_site_tells_in_time")]

    operations = [
        migrations.AddField("cleaning", "folded_name", cleanings.words.FoldedField("name")),
        migrations.AddField("cleaning", "folded_description", cleanings.words.FoldedField("description")),
    ]
