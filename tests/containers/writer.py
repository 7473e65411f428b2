"""A user who submits posts to a compose project and waits for their decisions."""

import time

import httpx

from shared.ids import new_id

# A container starts, connects and catches up, on two busy cores.
RECOVERY_TIMEOUT_S = 90.0


class Writer:
    """A user with an account who submits posts."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20)
        self._account = {"handle": f"c-{new_id()[-10:]}", "password": "a long pass phrase"}
        self._send("/v1/accounts", self._account)
        self.sign_in()
        self._community = self._http.get("/v1/communities").json()["items"][0]["name"]

    def sign_in(self) -> None:
        """Start a session."""
        session = self._http.post("/v1/sessions", json=self._account).raise_for_status().json()
        self._http.headers["X-CSRF-Token"] = session["csrf_token"]

    def submit(self, title: str) -> str:
        """Submit a harmless post and return its id."""
        post_id = new_id()
        post = {"id": post_id, "community": self._community, "title": title, "body": "A pot, a spoon, some patience."}
        self._send("/v1/posts", post)
        return post_id

    def settled(self, post: str) -> str:
        """Return the post's state after its decision, or `pending` if that takes too long."""
        deadline = time.monotonic() + RECOVERY_TIMEOUT_S
        state = "pending"
        while state == "pending" and time.monotonic() < deadline:
            answer = self._http.get(f"/v1/posts/{post}")
            state = answer.json()["state"] if answer.status_code == 200 else "pending"
            time.sleep(0.2)
        return state

    def _send(self, path: str, body: dict[str, str]) -> None:
        """Send a request and, like every client, repeat it after a 503; repeating is idempotent."""
        deadline = time.monotonic() + RECOVERY_TIMEOUT_S
        while (answer := self._http.post(path, json=body)).status_code == 503 and time.monotonic() < deadline:
            time.sleep(0.5)
        answer.raise_for_status()
