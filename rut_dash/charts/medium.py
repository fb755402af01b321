"""What charts are laid out for: pages of any width, and images of the size of a slide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Medium:
    """The room that a chart has.

    Parameters
    ----------
    plot
        The width between the margins, in px: the narrowest, where it is not known.
    title_characters, caption_characters
        How many characters a line of each has.
    height
        Of the whole figure, in px; None where it is that of its panels.
    most_strip
        The greatest height of the strip of events, in px; None for any.
    """

    plot: float
    title_characters: int
    caption_characters: int
    height: int | None = None
    most_strip: int | None = None


# A page of 390 px leaves 252 px between the margins of a chart in a bordered container.
PAGE: Final = Medium(252.0, 28, 58)
# 960 by 540 px: on a slide of 13.33 by 7.5 inches a pixel is a point, so that a text of 11 px has
# 11 points. Events take a sixth at most.
SLIDE: Final = Medium(888.0, 95, 150, 540, 90)
