from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "offers"

    def ready(self) -> None:
        from accounts.closing import register
        from offers.closing import OfferClosingHandler

        register(OfferClosingHandler())
