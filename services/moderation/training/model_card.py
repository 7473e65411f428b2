"""Renders the model card: training data, quality, and effect on ordinary posts. All numbers come from one JSON file."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from shared.model.categories import ANY_HARM
from shared.model.quality import CategoryQuality, Found, ModelQuality, OrdinaryPosts

TEMPLATE = Path(__file__).parent / "model_card.md"
Document = Mapping[str, Any]
# Of the few figures that people are told. A share of false alarms is a few in 10,000.
DIGITS = 5


def render_card(results: Document) -> str:
    """Return the card as Markdown, from the results of `evaluate` and `leave_one_source_out`."""
    ordinary, speed, search = results["ordinary"], results["speed"], results["search"]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        sha256=results["model"]["sha256"],
        size=f"{results['model']['bytes'] / 1e6:.1f}",
        sources=_table(("tier", "source", "license", "texts"), map(_source, results["sources"])),
        training="\n".join(
            fill(line, 118, initial_indent="* ", subsequent_indent="  ") for line in results["training"]
        ),
        quality=_table(_QUALITY, (_quality(name, found) for name, found in results["dev"].items())),
        unseen=_table(_QUALITY, (_quality(_unseen(name, q), q) for name, q in results["unseen"].items())),
        left_out=_table(_QUALITY, (_quality(_unseen(name, q), q) for name, q in results.get("left_out", {}).items())),
        functional=_table(_FUNCTION, (_function(name, f) for name, f in results["functional"].items())),
        functions=_table(_FUNCTION, (_function(name, f) for name, f in results["functions"].items())),
        pairs=f"{results['pairs']['in_order']:.0%} of {results['pairs']['pairs']}",
        other_author=_table(_FUNCTION, (_function(name, f) for name, f in results["other_author"].items())),
        rejecting=f"{results['quotations']['rejecting_right']:.0%}",
        agreeing=f"{results['quotations']['agreeing_right']:.0%}",
        quotations=f"{results['quotations']['auroc']:.2f}",
        groups=_table(("group", "harmless texts", "scored harmful", "held"), map(_group, results["groups"].items())),
        slices=_table(("texts of dev rows", "number", "AUROC of any harm"), map(_slice, results["slices"].items())),
        posts=f"{ordinary['posts']:,}",
        held=f"{ordinary['held']:.2%}",
        rejected=f"{ordinary['rejected']:.3%}",
        thresholds=_table(_THRESHOLDS, map(_threshold, ordinary["columns"].items())),
        threads=speed["threads"],
        one_by_one=f"{speed['one_by_one']:.0f}",
        batches=f"{speed['batches']:.0f}",
        speed_posts=f"{speed['posts']:.0f}",
        vectors=f"{speed['vectors_one_by_one']:.0f}",
        found=f"{search['model']['ndcg_at_10']:.4f}",
        found_before=f"{search['original']['ndcg_at_10']:.4f}",
        recall=f"{search['model']['recall_at_10']:.4f}",
        recall_before=f"{search['original']['recall_at_10']:.4f}",
        difference=f"{search['largest_difference']:.0e}",
        searches=f"{search['model']['texts']:,}",
    )


def summarize_quality(results: Document) -> ModelQuality:
    """Return the few figures of the card that people are told, from the same results."""
    ordinary, outside = results["ordinary"], results["unseen"]["wiki_toxicity"]
    return ModelQuality(
        format=1,
        model=results["model"]["sha256"],
        ordinary=OrdinaryPosts(**{name: round(ordinary[name], DIGITS) for name in OrdinaryPosts.model_fields}),
        found={"outside": Found(texts=outside["positives"], found=round(outside["recall_at_1"], DIGITS))},
        categories={
            name: CategoryQuality(
                texts=results["dev"][name]["positives"],
                found=round(results["dev"][name]["recall_at_1"], DIGITS),
                ordinary_held=round(column["held"], DIGITS),
            )
            for name, column in ordinary["columns"].items()
            if name != ANY_HARM
        },
    )


_QUALITY = ("column", "positives / negatives", "AUPRC", "AUROC", "recall at 1%", "recall at 5%", "calibration error")
_FUNCTION = ("synthetic texts", "number", "right at 0.5", "held")
_THRESHOLDS = ("column", "hold from", "posts held", "reject from", "posts rejected", "posts over 0.5")


def _table(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _source(found: Document) -> tuple[object, ...]:
    return found["tier"], found["source"], found["license"], f"{found['texts']:,}"


def _quality(name: str, found: Document) -> tuple[object, ...]:
    counts = f"{found['positives']} / {found['negatives']}"
    areas = ("{:.3f} ({:.3f}–{:.3f})".format(*found[name]) for name in ("auprc", "auroc"))
    recalls = (f"{found[name]:.2f}" for name in ("recall_at_1", "recall_at_5", "calibration_error"))
    return name, counts, *areas, *recalls


def _unseen(name: str, found: Document) -> str:
    return f"{name}: {found['column']}"


def _function(name: str, found: Document) -> tuple[object, ...]:
    return name, found["texts"], f"{found['right']:.0%}", f"{found['held']:.0%}"


def _group(item: tuple[str, Document]) -> tuple[object, ...]:
    name, found = item
    return name, found["texts"], f"{found['over_even']:.0%}", f"{found['held']:.0%}"


def _slice(item: tuple[str, Document]) -> tuple[object, ...]:
    name, found = item
    return name, found["texts"], f"{found['auroc']:.3f} ({found['low']:.3f}–{found['high']:.3f})"


def _threshold(item: tuple[str, Document]) -> tuple[object, ...]:
    name, found = item
    reject = "never" if found["reject"] is None else f"{found['reject']:.4f}"
    shares = (f"{found[kind]:.2%}" for kind in ("held", "rejected", "over_even"))
    held, rejected, even = shares
    return name, f"{found['hold']:.4f}", held, reject, rejected, even
