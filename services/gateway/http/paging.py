"""What pages have in common."""

from typing import Annotated

from fastapi import Query

# A page for a phone is about 10 posts, for a large screen 25; more in one answer only makes both wait.
Limit = Annotated[int, Query(ge=1, le=50)]
