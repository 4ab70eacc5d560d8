from django import template
from django.conf import settings
from django.forms import Form
from django.template import Context

from cleanings.constraints import MOST_CHARACTERS, CleaningType
from cleanings.models import Cleaning
from core.text import clean_line
from offers.prices import kept_price, prices_in

register = template.Library()


@register.inclusion_tag("offers/_price.html")
def price_for_cleaning(cleaning: Cleaning) -> dict:
    kind = CleaningType(cleaning.cleaning_type)
    price = kept_price(cleaning.city, kind)
    if price is None:
        return {}
    scale = price.scale(cleaning.hourly_rate)
    low, high, rate = (scale.place(rate) for rate in (price.lowest, price.highest, cleaning.hourly_rate))
    places = {"low": low, "width": high - low, "high": high, "rate": rate}
    return {"cleaning": cleaning, "price": price, "scale": scale, "currency": settings.CURRENCY} | places


@register.simple_tag(takes_context=True)
def prices_for_form(context: Context, form: Form) -> dict:
    """For the submitted city, else the one looked up (`?city=`), else the initial one."""
    looked_up = "" if form.is_bound else _on_one_line(context["request"].GET.get("city"))
    # Only a cleaned city: databases cannot compare every text.
    known = form.cleaned_data.get("city") if form.is_bound else form["city"].value()
    city = looked_up or _on_one_line(known)
    prices = prices_in(city) if city else {}
    return {
        "city": city,
        "shown": [price.sentence_for(city) for price in prices.values() if price],
        "too_few": " and ".join(kind.plural.lower() for kind, price in prices.items() if not price),
        "is_looked_up": bool(looked_up),
    }


def _on_one_line(city: str | None) -> str:
    return clean_line(city or "")[: MOST_CHARACTERS["city"]]
