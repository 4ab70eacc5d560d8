"""Apps of allauth, under names that staff understand."""

from allauth.account.apps import AccountConfig
from allauth.mfa.apps import MFAConfig


class AddressesConfig(AccountConfig):
    verbose_name = "E-mail addresses"


class SecondFactorsConfig(MFAConfig):
    verbose_name = "Second factors"
