from django.apps import AppConfig


class OffersConfig(AppConfig):
    name = "offers"

    def ready(self) -> None:
        from accounts import blocking, closing, impartiality
        from offers.blocking import OfferBlockingHandler
        from offers.closing import OfferClosingHandler
        from offers.impartiality import have_job_in_common

        closing.register(OfferClosingHandler())
        blocking.register(OfferBlockingHandler())
        impartiality.register(
            have_job_in_common, "You have a job in common with them, so someone else on our staff decides."
        )
