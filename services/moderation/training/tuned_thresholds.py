"""Implements `ottit model thresholds`: for the model on the tuning set, and for an operator on their own posts."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from services.moderation.training.dataset import split_halves
from services.moderation.training.policy_measures import Policy, rows_above, share
from services.moderation.training.thresholds import MAX_HELD_SHARE, Forum, Harm, Thresholds, choose_thresholds, curve
from services.moderation.training.tuning_set import read_harm, save_harm, tuning_forums, tuning_harm
from services.moderation.training.window_scores import score_windows
from shared.model.encoder import Encoder

# Limits of the curve: shares of ordinary posts that may be held in each forum.
LIMITS = (0.001, 0.002, 0.004, 0.006, MAX_HELD_SHARE, 0.01, 0.015, 0.02, 0.03)
# Fewer posts say nothing about a share of 1 in 100.
FEWEST_POSTS = 400
_FIELDS = ("title", "text", "body")


def tune(encoder: Encoder, sha256: str, data: Path, out: Path, results: Path) -> Thresholds:
    """Choose thresholds on the tuning set; write them, the curve for the card, and the scores that operators need."""
    harm, forums = tuning_harm(encoder, data), tuning_forums(encoder, data)
    chosen = choose_thresholds(forums, harm)
    out.write_text(json.dumps(chosen.document(), indent=2) + "\n", encoding="utf-8")
    save_harm(harm, sha256)
    known = json.loads(results.read_text(encoding="utf-8"))
    known["curve"] = {"tuning": {each.name: len(each.scores) for each in forums}, "points": curve(forums, harm, LIMITS)}
    results.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    return chosen


def suggest(encoder: Encoder, sha256: str, files: Iterable[Path]) -> str:
    """Return a report for an operator: thresholds chosen on one half of each file, and measured on the other half."""
    forums, others = [], []
    for file in files:
        posts = read_own_posts(file)
        if len(posts) < FEWEST_POSTS:
            raise ValueError(f"{file} has {len(posts)} posts: thresholds need at least {FEWEST_POSTS}")
        tuned = split_halves(posts)[0]
        scores = score_windows(encoder, posts)
        forums.append(Forum(file.name, scores[tuned]))
        others.append(Forum(file.name, scores[~tuned]))
    harm = read_harm(sha256)
    return _report(choose_thresholds(forums, harm), Policy(encoder, _shipped()), forums, others, harm)


def read_own_posts(file: Path) -> list[str]:
    """Return the posts of a file, one a line: plain text, or JSON objects with `title`, `text` or `body`."""
    posts = []
    for line in filter(str.strip, file.read_text(encoding="utf-8").splitlines()):
        if line.lstrip().startswith("{"):
            fields = json.loads(line)
            line = "\n\n".join(str(fields[name]) for name in _FIELDS if fields.get(name))
        posts.append(line.strip())
    return posts


def _shipped() -> Thresholds:
    from shared.model.pinned_files import ARTIFACTS

    return Thresholds.read(json.loads((ARTIFACTS / "thresholds.json").read_text(encoding="utf-8")))


def _report(chosen: Thresholds, shipped: Policy, forums: list[Forum], others: list[Forum], harm: Harm) -> str:
    lines = ["thresholds for policy.yaml (hold, reject):"]
    lines += [f"  {name}: {bounds['hold']}, {bounds['reject']}" for name, bounds in chosen.document().items()]
    lines.append("on the half of your posts that did not set them (95% intervals):")
    for forum in others:
        for name, policy in (("suggested", chosen), ("shipped", shipped.thresholds)):
            held = share(rows_above(forum.scores, policy.hold))
            rejected = share(rows_above(forum.scores, policy.reject))
            lines.append(f"  {forum.name}, {name}: held {_interval(held)}, rejected {_interval(rejected)}")
    caught = {name: rows_above(harm.scores, policy.hold) for name, policy in
              (("suggested", chosen), ("shipped", shipped.thresholds))}  # fmt: skip
    found = ", ".join(f"{name} {np.average(hits, weights=harm.weights):.0%}" for name, hits in caught.items())
    lines.append(f"harm of the project's dev texts that is stopped: {found}")
    lines.append("curve (posts that may be held: harm stopped, posts held):")
    lines += [f"  {p['limit']:.1%}: {p['stopped']:.0%}, {p['held']:.2%}" for p in curve(forums, harm, LIMITS)]
    return "\n".join(lines)


def _interval(found: dict[str, object]) -> str:
    return f"{found['share']:.2%} ({found['low']:.2%} to {found['high']:.2%})"
