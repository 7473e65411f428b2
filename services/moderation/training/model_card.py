"""Renders the model card: training data, quality, and effect on ordinary posts. All numbers come from one JSON file."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from textwrap import fill
from typing import Any

from services.moderation.training.thresholds import MAX_HELD_SHARE, MAX_REJECTED_SHARE
from shared.model.categories import ANY_HARM
from shared.model.quality import CategoryQuality, Found, Kind, ModelQuality, OrdinaryPosts

TEMPLATE = Path(__file__).parent / "model_card.md"
Document = Mapping[str, Any]
# Of the few figures that people are told. A share of false alarms is a few in 10,000.
DIGITS = 5


def render_card(results: Document) -> str:
    """Return the card as Markdown, from the results of `evaluate` and `leave_one_source_out`."""
    ordinary, speed, search = results["ordinary"], results["speed"], results["search"]
    reached = list(_aims(results))
    columns = [name for name in ordinary["columns"] if name != ANY_HARM]
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        sha256=results["model"]["sha256"],
        size=f"{results['model']['bytes'] / 1e6:.1f}",
        columns=len(columns) + 1,
        categories=", ".join(f"`{name}`" for name in columns),
        aims=_table(("aim", "wanted", "measured", "reached"), reached),
        missed="\n".join(fill(line, 118, initial_indent="* ", subsequent_indent="  ") for line in results["missed"]),
        kinds=_table(("texts", "number", "share"), map(_kind, results["kinds"].items())),
        evasions=_table(("texts", "number", "stopped"), map(_kind, results["evasions"].items())),
        limit=f"{MAX_HELD_SHARE:.1%}",
        reject_limit=f"{MAX_REJECTED_SHARE:.2%}",
        curve=_table(("posts that may be held", "harm stopped", "posts held"), map(_point, results["curve"]["points"])),
        forums=_table(("forum", "texts", "held", "rejected", "help"), map(_forum, results["forums"].items())),
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
    ordinary, evasions = results["ordinary"], results["evasions"]
    found: dict[Kind, Document] = {
        "outside": results["unseen"]["wiki_toxicity"]["stopped"],
        "disguised": evasions["disguised"],
        "buried": evasions["behind"],
    }
    return ModelQuality(
        format=1,
        model=results["model"]["sha256"],
        ordinary=OrdinaryPosts(**{name: round(ordinary[name], DIGITS) for name in OrdinaryPosts.model_fields}),
        found={
            name: Found(texts=figure["texts"], found=round(figure["share"], DIGITS)) for name, figure in found.items()
        },
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


def _aims(results: Document) -> Iterable[tuple[object, ...]]:
    """Yield each aim with the wanted and the measured value, and whether it is reached."""
    outside, kinds, evasions = results["unseen"]["wiki_toxicity"], results["kinds"], results["evasions"]
    forums, functional = results["forums"], results["functional"]
    worst = {kind: max(found[kind]["share"] for found in forums.values()) for kind in ("held", "rejected")}
    disguised = evasions["disguised"]["share"] / evasions["plain"]["share"]
    left_out = results["left_out"]["sms_spam"]["auroc"][0]
    yield _aim("any harm on a source not trained on (wiki_toxicity), AUPRC", outside["auprc"][0], 0.82, "{:.3f}")
    yield _aim("the same, AUROC", outside["auroc"][0], 0.91, "{:.3f}")
    yield _aim("the same, stopped at the shipped thresholds", outside["stopped"]["share"], 0.55)
    yield _aim("harmful dev rows stopped at the shipped thresholds", results["dev_stopped"]["share"], 0.55)
    yield _aim("ordinary texts held, worst of the forums", worst["held"], 0.01, "{:.2%}", most=True)
    yield _aim("ordinary texts rejected, worst of the forums", worst["rejected"], 0.001, "{:.2%}", most=True)
    yield _aim("stopped behind 600 to 2,000 characters", evasions["behind"]["share"], 0.5)
    yield _aim("stopped inside 600 to 2,000 characters", evasions["inside"]["share"], 0.5)
    yield _aim("disguised texts stopped, of the plain ones", disguised, 0.7)
    yield _aim("functional texts on the right side of 0.5", functional["all"]["right"], 0.82)
    yield _aim("harmless ones of them", functional["harmless"]["right"], 0.7)
    yield _aim(
        "sexual content about minors published",
        kinds["sexual content about minors published"]["share"],
        0.15,
        most=True,
    )
    yield _aim("talk about depression held", kinds["talk about depression held"]["share"], 0.15, most=True)
    yield _aim("crises held", kinds["crisis held"]["share"], 0.7)
    yield _aim("spam of a source left out of training, AUROC", left_out, 0.92, "{:.3f}")


def _aim(text: str, value: float, wanted: float, form: str = "{:.0%}", *, most: bool = False) -> tuple[object, ...]:
    reached = value <= wanted if most else value >= wanted
    return text, ("≤ " if most else "≥ ") + form.format(wanted), form.format(value), "yes" if reached else "no"


def _kind(item: tuple[str, Any]) -> tuple[object, ...]:
    name, found = item
    return (
        (name, "", f"{found:.3f}") if isinstance(found, float) else (name, found["texts"], _interval(found, "{:.0%}"))
    )


def _forum(item: tuple[str, Document]) -> tuple[object, ...]:
    name, found = item
    shares = (_interval(found[kind], "{:.2%}") for kind in ("held", "rejected", "support"))
    return name, f"{found['held']['texts']:,}", *shares


def _interval(found: Document, form: str) -> str:
    low, value, high = (form.format(found[name]) for name in ("low", "share", "high"))
    return f"{value} ({low} to {high})"


def _point(found: Document) -> tuple[object, ...]:
    return f"{found['limit']:.1%}", f"{found['stopped']:.0%}", f"{found['held']:.2%}"


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
