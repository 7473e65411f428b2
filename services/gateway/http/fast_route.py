"""A shortcut through FastAPI for the busiest write."""

from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from services.gateway.http.guard import Guarded, Handler


class FastJsonRoute(Guarded):
    """A guarded route whose endpoint takes a body and the caller, in this order.

    Working that out for every request took a quarter of the time of an accepted post. Only valid requests take the
    shortcut; the others go through FastAPI, so that errors look the same on every route.
    """

    def answering(self) -> Handler:
        """Return a handler that parses the body, calls the endpoint and serializes the answer."""
        long_way, endpoint, status = super().answering(), self.endpoint, self.status_code or 200
        (body,) = self.dependant.body_params
        model = body.field_info.annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"{self.path} takes no model")

        async def answer(request: Request) -> Response:
            if request.headers.get("content-type") != "application/json":
                return await long_way(request)
            try:
                given = model.model_validate_json(await request.body())
            except (ValidationError, ClientDisconnect):
                return await long_way(request)
            made: Any = await endpoint(given, request.state.caller)
            return Response(made.model_dump_json(), status, media_type="application/json")

        return answer
