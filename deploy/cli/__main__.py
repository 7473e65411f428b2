"""The command `ottit`: the table of its subcommands."""

import sys
from importlib import import_module

import typer

COMMANDS = {
    "up": "deploy.cli.start_stop:up",
    "down": "deploy.cli.start_stop:down",
    "status": "deploy.cli.status:status",
    "lag": "deploy.cli.provision_lag_rebuild:lag",
    "rebuild": "deploy.cli.provision_lag_rebuild:rebuild",
    "reconcile": "deploy.cli.reconcile:reconcile",
    "demo": "deploy.cli.import_posts:demo",
    "worth": "deploy.cli.preview_report:preview_report",
    "import": "deploy.cli.import_posts:import_command",
    "admin": "deploy.cli.admin:admin",
    "roles": "deploy.cli.roles:roles",
    "user": "deploy.cli.user:user",
    "invite": "deploy.cli.invite:invite",
    "applications": "deploy.cli.applications:applications",
    "policy": "deploy.cli.policy:policy",
    "dead-letters": "deploy.cli.dead_letters:dead_letters",
    "losses": "deploy.cli.losses:losses",
    "audit": "deploy.cli.audit:audit",
    "backup": "deploy.cli.backups:backup",
    "rotate-keys": "deploy.cli.rotate_keys:rotate_keys",
    "restore": "deploy.cli.backups:restore",
    "restore-people": "deploy.cli.restore_people:restore_people",
    "restore-secrets": "deploy.cli.restore_secrets:restore_secrets",
    "provision": "deploy.cli.provision_lag_rebuild:provision",
    "model": "deploy.cli.model:model",
}


def make_app(*names: str) -> typer.Typer:
    """Build the command line with the named commands only, because importing all of them is slow."""
    app = typer.Typer(name="ottit", no_args_is_help=True, add_completion=False)
    app.callback()(about)
    for name in names:
        module, attribute = COMMANDS[name].split(":")
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def about() -> None:
    """Run and maintain one Ottit installation, chosen by OTTIT_PORT and OTTIT_DATA_DIR."""


def main() -> None:
    """Run the command given on the command line."""
    named = sys.argv[1] if len(sys.argv) > 1 else ""
    make_app(*([named] if named in COMMANDS else COMMANDS))()


if __name__ == "__main__":
    main()
