import { SignInFirst } from "../components/SignInFirst";
import { can } from "../session/capabilities";
import { sessionKnown, user } from "../session/session";
import { ErasePanel } from "../settings/ErasePanel";
import { GrantList } from "../settings/GrantList";
import { Screen } from "./Screen";

/** What opens the person's account, and the way out of it for good. */
export function AccountScreen() {
  return (
    <Screen title="Your account">
      {sessionKnown.value && !user.value && <SignInFirst to="/account" />}
      {user.value && can("see_tokens") && <GrantList />}
      {user.value && can("erase_me") && <ErasePanel />}
    </Screen>
  );
}
