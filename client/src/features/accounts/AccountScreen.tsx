import { t } from "../../platform/i18n";
import { can, sessionKnown, user } from "../../platform/state/session";
import { SignInRequired } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { ErasePanel } from "./ErasePanel";
import { GrantList } from "./GrantList";

/** Sign-ins and tokens of the account, and its deletion. */
export function AccountScreen() {
  return (
    <Screen title={t("accounts.account.title")}>
      {sessionKnown.value && !user.value && <SignInRequired to="/account" />}
      {user.value && can("see_tokens") && <GrantList />}
      {user.value && can("erase_me") && <ErasePanel />}
    </Screen>
  );
}
