import { t } from "../../platform/i18n";
import { can, sessionKnown, user } from "../../platform/state/session";
import { SignInRequired } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { NotInterestedPanel } from "../recommendations/NotInterestedPanel";
import { ErasePanel } from "./ErasePanel";
import { GrantList } from "./GrantList";
import { ProofDialog } from "./proof";
import { SecurityPanels } from "./SecurityPanels";
import { VoteWeightPanel } from "./VoteWeightPanel";

/** What the user's votes count, how they sign in, their sessions and tokens, and the deletion of the account. */
export function AccountScreen() {
  return (
    <Screen title={t("accounts.account.title")}>
      {sessionKnown.value && !user.value && <SignInRequired to="/account" />}
      {user.value && can("vote") && <VoteWeightPanel />}
      {user.value && can("see_interests") && <NotInterestedPanel />}
      {user.value && can("see_security") && <SecurityPanels />}
      {user.value && can("see_tokens") && <GrantList />}
      {user.value && can("erase_me") && <ErasePanel />}
      <ProofDialog />
    </Screen>
  );
}
