from django.contrib.auth.management.commands.createsuperuser import Command as DjangoCommand
from django.core.exceptions import ValidationError


class Command(DjangoCommand):
    def get_input_data(self, field, message: str, default: str | None = None):
        value = super().get_input_data(field, message, default)
        others = {other.name for other in self.UserModel._meta.get_fields()} - {field.name}
        try:
            self.UserModel(**{field.name: value}).validate_constraints(exclude=others)
        except ValidationError as error:
            self.stderr.write("Error: " + " ".join(error.messages))
            return None
        return value
