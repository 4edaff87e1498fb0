"""All kinds of hostile cases. Each is imported when it is asked for: what it needs takes longer than many a case."""

from importlib import import_module

from proof.kind import Kind

# Where each is, and its share of all cases.
KINDS = {
    "pictures": ("pictures.KIND", 0.2),
    "envelopes": ("events.ENVELOPES", 0.25),
    "bodies": ("events.BODIES", 0.2),
    "addresses": ("addresses.ADDRESSES", 0.15),
    "origins": ("addresses.ORIGINS", 0.15),
    "requests": ("requests.KIND", 0.05),
}


def kind(name: str) -> Kind:
    module, _, attribute = KINDS[name][0].partition(".")
    found: Kind = getattr(import_module(f"proof.{module}"), attribute)
    return found
