"""The options of an import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The options of an import. `format`: a preset's name, or None to recognize each row by its fields.

    `html`: whether texts are HTML; None leaves it to the preset. `community` replaces the communities of the rows;
    `site` keeps ids and authors of different sites apart.
    """

    format: str | None = None
    html: bool | None = None
    community: str | None = None
    site: str | None = None
    encoding: str | None = None
