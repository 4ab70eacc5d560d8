from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "offers"

    def ready(self) -> None:
        from accounts import blocking, closing
        from offers.blocking import OfferBlockingHandler
        from offers.closing import OfferClosingHandler

        closing.register(OfferClosingHandler())
        blocking.register(OfferBlockingHandler())
