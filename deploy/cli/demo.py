"""`ottit demo`: a few posts to look at."""

from deploy.cli.import_file import run_import
from deploy.local.settings import ROOT

POSTS = ROOT / "deploy" / "demo" / "posts.jsonl"


def demo() -> None:
    """Fill the house with about 60 posts in 8 communities. Doing it twice changes nothing."""
    run_import(POSTS, again=True)
