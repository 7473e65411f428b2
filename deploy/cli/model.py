"""`ottit model`: train, export and measure the model. Training needs the lock file of services/moderation/training."""

import hashlib
import json
from pathlib import Path
from typing import Annotated

import typer

from shared.model import pinned_files
from shared.model.quality import QUALITY_FILE

model = typer.Typer(name="model", no_args_is_help=True, help="Train, export and measure the moderation model.")

Data = Annotated[Path, typer.Option(help="Folder with moderation/train.jsonl.gz and posts/posts.jsonl.gz.")]
Out = Annotated[Path, typer.Option(help="Output folder.")]
Cache = Annotated[Path, typer.Option(help="Folder for hidden states that later runs reuse.")]
Threads = Annotated[int, typer.Option(help="Threads per encoder pass.")]
CACHE = Path("/tmp/ottit-hidden")
CARD = Path("shared/model/CARD.md")
RESULTS = Path("services/moderation/training/results.json")


@model.command()
def train(
    data: Data,
    out: Out,
    seed: int = 1,
    epochs: float = 3,
    minutes: Annotated[
        float, typer.Option(help="Finish within this many minutes, with fewer steps.", show_default=False)
    ] = 1e9,
    cache: Cache = CACHE,
    start: Annotated[Path | None, typer.Option(help="A checkpoint to continue from.")] = None,
    without: Annotated[str, typer.Option(help="A data source whose rows training ignores.")] = "",
) -> None:
    """Train the branch and write checkpoint.npz."""
    from services.moderation.training.train import TrainingPaths, train
    from services.moderation.training.trainer import TrainingPlan

    typer.echo(train(TrainingPaths(data, cache, out), TrainingPlan(epochs, seed, minutes), start, without))


@model.command()
def refit(start: Path, data: Data, out: Out, threads: Threads = 2) -> None:
    """Fit the head of a model or checkpoint with the windows of ordinary posts, and write checkpoint.npz."""
    from services.moderation.training.head import refit

    out.mkdir(parents=True, exist_ok=True)
    refit(start, data, out, threads).save(out / "checkpoint.npz")


@model.command()
def export(checkpoints: list[Path], data: Data, out: Out = pinned_files.ARTIFACTS, threads: Threads = 2) -> None:
    """Average the checkpoints, calibrate the result, and write model.onnx and model.json. Then choose thresholds."""
    from services.moderation.training.export import Checkpoint, export

    export(Checkpoint.mean(checkpoints), data, out, threads)
    typer.echo(f"shared/model/pinned_files.py: MODEL_SHA256 = {_sha256(out / 'model.onnx')!r}")


@model.command()
def thresholds(
    data: Annotated[Path | None, typer.Option(help="Choose on this folder and write thresholds.json.")] = None,
    ordinary: Annotated[
        list[Path] | None,
        typer.Option(help="Choose on your own posts and print the result: a post a line, as text or JSON."),
    ] = None,
    folder: Path = pinned_files.ARTIFACTS,
    threads: Threads = 2,
) -> None:
    """Choose thresholds that stop the most harm while at most 1 in 100 ordinary posts is stopped."""
    from services.moderation.training.tuned_thresholds import suggest, tune
    from shared.model.encoder import Encoder

    encoder = Encoder.open(folder / "model.onnx", sha256 := _sha256(folder / "model.onnx"), threads)
    if ordinary:
        typer.echo(suggest(encoder, sha256, ordinary))
    elif data:
        tune(encoder, sha256, data, folder / "thresholds.json", RESULTS)
    else:
        raise typer.BadParameter("give --ordinary FILE, or --data DIR for the thresholds of the model")


@model.command()
def evaluate(data: Data, folder: Path = pinned_files.ARTIFACTS, results: Path = RESULTS, threads: Threads = 2) -> None:
    """Measure the model in a folder and write the results for the card."""
    from services.moderation.training.evaluate import evaluate
    from services.moderation.training.thresholds import Thresholds

    thresholds = Thresholds.read(json.loads((folder / "thresholds.json").read_text(encoding="utf-8")))
    measured = evaluate(folder / "model.onnx", _sha256(folder / "model.onnx"), thresholds, data, threads)
    known = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    # Results of other commands (a source left out, the browser) stay.
    results.write_text(json.dumps(known | measured, indent=1) + "\n", encoding="utf-8")


@model.command()
def cross(
    source: str, column: str, data: Data, out: Out, minutes: float = 5, cache: Cache = CACHE, results: Path = RESULTS
) -> None:
    """Train without a source, measure COLUMN on it, and add the result for the card."""
    from services.moderation.training.leave_one_source_out import LeftOutSource, measure_left_out
    from services.moderation.training.train import TrainingPaths
    from services.moderation.training.trainer import TrainingPlan

    quality = measure_left_out(
        TrainingPaths(data, cache, out), TrainingPlan(epochs=1, seed=1, minutes=minutes), LeftOutSource(source, column)
    )
    known = json.loads(results.read_text(encoding="utf-8"))
    known["left_out"] = known.get("left_out", {}) | {source: quality}
    results.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


@model.command()
def card(results: Path = RESULTS, out: Path = CARD, figures: Path = QUALITY_FILE) -> None:
    """Write the model card, and the few figures that people are told, from the results."""
    from services.moderation.training.model_card import render_card, summarize_quality

    measured = json.loads(results.read_text(encoding="utf-8"))
    out.write_text(render_card(measured), encoding="utf-8")
    figures.write_text(summarize_quality(measured).model_dump_json(indent=2) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
