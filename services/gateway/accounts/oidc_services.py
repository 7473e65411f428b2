"""Builds the objects behind sign-in by an identity provider."""

from nats.aio.client import Client

from services.gateway.accounts.claimed_role_commands import ClaimedRoleCommands
from services.gateway.accounts.oidc_commands import OidcCommands
from services.gateway.accounts.oidc_entry import OidcEntry
from services.gateway.accounts.oidc_flows import OidcFlows
from services.gateway.accounts.oidc_http import ProviderHttp
from services.gateway.accounts.oidc_new_identities import NewIdentities
from services.gateway.accounts.oidc_provider import OidcProvider
from services.gateway.accounts.password_commands import PasswordCommands
from services.gateway.accounts.sign_in import SignIn
from services.gateway.settings import Settings
from shared.security.data_keys import DataKeyStore
from shared.security.sealing import master_keys


def oidc_entry(
    settings: Settings, entry: SignIn, passwords: PasswordCommands, *, broker: Client, keys: DataKeyStore
) -> OidcEntry:
    """Build the objects around those that exist already."""
    signing_key = master_keys(settings.master_key.get_secret_value())[0]
    return OidcEntry(
        provider=OidcProvider(settings.oidc, ProviderHttp()),
        flows=OidcFlows(broker, signing_key, settings.site_url, settings.base_path),
        new=NewIdentities(signing_key),
        identities=OidcCommands(entry.commands, passwords, keys, entry.notices),
        roles=ClaimedRoleCommands(entry.commands, entry.queries, entry.view),
        sign_ups=entry.sign_ups,
        sessions=entry,
    )
