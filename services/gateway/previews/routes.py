"""What clients saw before they submitted, whether they show it at all, and receipts of dry runs."""

import base64
from datetime import UTC, datetime

from fastapi import APIRouter

from services.gateway.dependencies import InHouse
from services.gateway.http.guard import CallerIn, guarded
from services.gateway.previews.receipts import Signed
from services.gateway.previews.schemas import ModeOut, PreviewsIn, ReceiptFinding, ReceiptIn, ReceiptKey, StatementOut
from shared.content import Content
from shared.log.preview_records import Draft, Preview

router = APIRouter(prefix="/v1", tags=["previews"])


@guarded(router, "POST", "/previews", "send_previews", status_code=202)
async def send_previews(summaries: PreviewsIn, house: InHouse, caller: CallerIn) -> None:
    """Summaries of what this person's client showed, without text. They bind nobody and change no decision."""
    seen = [Preview.model_validate(item.model_dump()) for item in summaries.items]
    written = [Draft.model_validate(draft.model_dump()) for draft in summaries.drafts]
    await house.previews.note(caller.person.id, [*seen, *written])


@guarded(router, "GET", "/mode", "see_mode")
async def see_mode(house: InHouse, caller: CallerIn) -> ModeOut:
    """Whether the client shows previews: to everybody, to nobody, or to all but a share that is drawn by chance."""
    return ModeOut(mode=house.settings.preview_mode, previews=house.arms.shows_previews(caller.id))


@guarded(router, "POST", "/previews/receipts/verify", "verify_receipt")
async def verify_receipt(receipt: ReceiptIn, house: InHouse) -> ReceiptFinding:
    """Whether this house signed the receipt, and, with a text, whether it is for exactly that text."""
    content = Content(title=receipt.title, body=receipt.body) if receipt.body is not None else None
    signed = Signed(statement=receipt.statement, key_id=receipt.key_id, signature=receipt.signature)
    finding, statement = house.receipts.check(signed, content, datetime.now(UTC))
    said = StatementOut.model_validate(statement.model_dump(exclude={"format"})) if statement else None
    return ReceiptFinding(valid=finding == "valid", finding=finding, statement=said)


@guarded(router, "GET", "/previews/receipts/key", "verify_receipt", summary="Get the key that checks receipts")
async def receipt_key(house: InHouse) -> ReceiptKey:
    """With it anybody can check a receipt without asking: Ed25519 over the UTF-8 bytes of `statement`."""
    public = base64.urlsafe_b64encode(house.receipts.public_key).decode()
    return ReceiptKey(key_id=house.receipts.key_id, public_key=public)
