"""Signs up users for load."""

from dataclasses import dataclass

import httpx

PASSWORD = "a long pass phrase for load"


@dataclass(frozen=True)
class Member:
    """A signed-in user: the port of the gateway and the headers of requests."""

    id: str
    port: int
    headers: dict[str, str]

    @property
    def url(self) -> str:
        """The gateway's URL."""
        return f"http://127.0.0.1:{self.port}"


def sign_up(url: str, handle: str) -> Member:
    """Create a user and sign in."""
    credentials = {"handle": handle, "password": PASSWORD}
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        account = http.post("/v1/accounts", json=credentials).raise_for_status().json()
        session = http.post("/v1/sessions", json=credentials).raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    headers = {"Cookie": cookies, "X-CSRF-Token": session.json()["csrf_token"]}
    return Member(account["id"], int(url.rsplit(":", 1)[1]), headers)


def like_some(member: Member) -> None:
    """Give the user an embedding: vote for every fourth of the newest posts."""
    with httpx.Client(base_url=member.url, headers=member.headers, timeout=30, trust_env=False) as http:
        page = http.get("/v1/feed", params={"sort": "new", "limit": 50}).raise_for_status().json()
        for item in page["items"][::4]:
            http.put(f"/v1/posts/{item['post']['id']}/vote", json={"value": 1}).raise_for_status()
