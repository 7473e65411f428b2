import type { Identity } from "../../platform/api/types";
import { formatDate } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { useResource } from "../../platform/state/use-resource";
import { goToProvider, readIdentities, unlink } from "./identity-provider";
import { ProofDeclined, proved } from "./proof";

/** The identities at the identity provider that can sign in to the account: link, list, remove. */
export function IdentityPanel() {
  const resource = useResource("identities", readIdentities);
  const identities = resource.data.value;
  if (!identities || (!identities.provider && identities.items.length === 0)) return null;
  const name = identities.provider ?? "";
  const link = () => attempt(() => goToProvider("link", "/account"), t("accounts.identities.not_linked"));
  const remove = (identity: Identity) =>
    attempt(async () => {
      await unlink(identity.id);
      announce(t("accounts.identities.removed"));
      resource.reload();
    }, t("accounts.identities.not_removed"));
  return (
    <section class="settings-part">
      <h2 class="section-title">{name || t("accounts.identities.former")}</h2>
      {name && <p class="meta">{t("accounts.identities.hint", { name })}</p>}
      <ul class="grants">
        {identities.items.map((identity) => (
          <li class="grant" key={identity.id}>
            <div>
              <p>{identity.username || identity.issuer}</p>
              <p class="meta">
                {identity.is_current
                  ? t("accounts.identities.since", { date: formatDate(identity.created_at) })
                  : t("accounts.identities.not_current", { issuer: identity.issuer })}
              </p>
            </div>
            <button
              type="button"
              class="button"
              aria-label={t("accounts.identities.remove_named", {
                name: identity.username || identity.issuer,
              })}
              onClick={() => void remove(identity)}
            >
              {t("accounts.identities.remove")}
            </button>
          </li>
        ))}
      </ul>
      {name && (
        <button type="button" class="button" onClick={() => void link()}>
          {t("accounts.identities.link", { name })}
        </button>
      )}
    </section>
  );
}

/** Does something that needs a proof, and reports a failure with what is unchanged. */
async function attempt(act: () => Promise<void>, unchanged: string): Promise<void> {
  try {
    await proved(act);
  } catch (error) {
    if (!(error instanceof ProofDeclined)) report(error, unchanged);
  }
}
