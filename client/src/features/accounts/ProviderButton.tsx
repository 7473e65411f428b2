import { useSignal } from "@preact/signals";
import { secretInAddress } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { useResource } from "../../platform/state/use-resource";
import { goToProvider, readSite } from "./identity-provider";

/** Continues with the site's identity provider; nothing where there is none, or none for new people. */
export function ProviderButton({ to, isSignUp }: { to: string; isSignUp: boolean }) {
  const invitation = useSignal(isSignUp ? secretInAddress("invitation") : "");
  const provider = useResource("site", readSite).data.value?.identity_provider;
  if (!provider || (isSignUp && !provider.creates_accounts)) return null;
  return (
    <p class="other-way">
      <button
        type="button"
        class="button"
        onClick={() =>
          void goToProvider("sign_in", to, invitation.value).catch((error: unknown) => report(error))
        }
      >
        {t("accounts.sign_in.provider", { name: provider.name })}
      </button>
    </p>
  );
}
