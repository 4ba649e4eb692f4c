"""A way for Hypothesis to make examples: each one anew.

Its own way makes five of six examples by repeating parts of another one, and some of the simplest choices alone. That
finds equal values in small inputs; here it would take the same few steps over and over.
"""

from __future__ import annotations

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider


class FreshExamples(HypothesisProvider):
    """Chooses as Hypothesis does; only what the engine does for its own provider is left out."""


NAME = "fresh-examples"
AVAILABLE_PROVIDERS[NAME] = FreshExamples
