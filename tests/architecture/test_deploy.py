"""Import rules of deploy/: its folders form layers, and few modules import services."""

from tests.architecture.source_files import Module, modules

# Everything else goes over HTTP, over NATS or through shared/.
MAY_IMPORT_SERVICES = {
    # Roles and tokens are facts and bucket entries; the gateway's commands are their only writers.
    "deploy.installation.admin_context": {"services.gateway.accounts"},
    # The operator's terminal checks handles and passwords by the API's own rules.
    "deploy.cli.admin": {"services.gateway.accounts.schemas"},
    "deploy.cli.user": {"services.gateway.accounts.password_commands"},
    # Only the gateway's commands know how invitations are stored.
    "deploy.cli.invite": {"services.gateway.invitations"},
    # `ottit demo` creates communities; rows are checked by the API's schema before they are sent.
    "deploy.cli.import_posts": {"services.gateway.communities"},
    "deploy.cli.importing.row_builder": {"services.gateway.imports", "services.gateway.http.schemas"},
    "deploy.cli.importing.staging": {"services.gateway.imports"},
    "deploy.cli.importing.dry_run": {"services.gateway.imports"},
    # `ottit worth` reads the drift view's file, also while nothing runs.
    "deploy.cli.preview_report": {"services.gateway.drift"},
    # `ottit model` trains in this process.
    "deploy.cli.model": {"services.moderation.training"},
    # A policy's test cases run through the rules that decide about posts.
    "deploy.policy.case_runner": {"services.moderation.domain"},
}


def folder(module: str) -> str:
    return module.rpartition(".")[0]


def folders_imported(module: Module) -> set[str]:
    """Folders of deploy/ that a module imports, without its own."""
    names = {folder(name) for name in module.imports if name.startswith("deploy.")}
    return names - {folder(module.name)}


def test_no_two_folders_of_deploy_import_each_other() -> None:
    edges = {(folder(module.name), other) for module in modules("deploy") for other in folders_imported(module)}
    assert edges
    assert sorted(pair for pair in edges if pair[::-1] in edges) == []


def test_only_listed_modules_of_deploy_import_services() -> None:
    found = {
        (module.name, name) for module in modules("deploy") for name in module.imports if name.startswith("services.")
    }
    for module, name in found:
        allowed = MAY_IMPORT_SERVICES.get(module, set())
        assert any(name == one or name.startswith(f"{one}.") for one in allowed), f"{module} imports {name}"
    assert {module for module, _ in found} == set(MAY_IMPORT_SERVICES), "an entry of the list is no longer needed"
