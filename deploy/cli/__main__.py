"""The command `ottit`. One file a command; this one only lists them."""

import typer

from deploy.cli import down, status, up

app = typer.Typer(
    name="ottit", help="Runs and looks after one Ottit installation.", no_args_is_help=True, add_completion=False
)
app.command("up")(up.up)
app.command("down")(down.down)
app.command("status")(status.status)


def main() -> None:
    """Run the command that was named."""
    app()


if __name__ == "__main__":
    main()
