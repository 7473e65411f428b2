"""Previews as non-binding records: taken in, stamped, joined with what was submitted."""

from services.gateway.previews.arms import Arms, PreviewMode
from services.gateway.previews.log import PreviewLog
from services.gateway.previews.receipts import Receipts

__all__ = ["Arms", "PreviewLog", "PreviewMode", "Receipts"]
