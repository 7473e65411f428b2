import { SignInFirst } from "../components/SignInFirst";
import { SuspensionNote } from "../components/SuspensionNote";
import { ThemeChoice } from "../components/ThemeChoice";
import { navigate } from "../router/router";
import { can } from "../session/capabilities";
import { sessionKnown, signOut, user } from "../session/session";
import { report } from "../state/notices";
import { Screen } from "./Screen";

/** The person's own corner: who they are here, how the page looks, the way out. */
export function MeScreen() {
  const leave = async () => {
    try {
      await signOut();
      navigate("/");
    } catch (error) {
      report(error, "You are still signed in.");
    }
  };
  const { value: me } = user;
  return (
    <Screen title={me?.handle ?? "Me"}>
      <SuspensionNote />
      {sessionKnown.value && !me && <SignInFirst to="/me" />}
      {me && (
        <ul class="menu">
          <li>
            <a href={`/u/${me.handle}`}>Your profile</a>
          </li>
          <li>
            <a href="/mine">Your posts and what became of them</a>
          </li>
          {can("review_posts") && (
            <li>
              <a href="/review">Review what is held</a>
            </li>
          )}
          {can("see_drift") && (
            <li>
              <a href="/drift">Previews and decisions</a>
            </li>
          )}
          <li>
            <a href="/communities">Communities</a>
          </li>
          <li>
            <a href="/account">Sign-ins, tokens, deleting your account</a>
          </li>
        </ul>
      )}
      <ul class="menu">
        <li>
          <a href="/device">This device and AI</a>
        </li>
      </ul>
      <ThemeChoice />
      {me && (
        <p>
          <button type="button" class="button" onClick={leave}>
            Sign out
          </button>
        </p>
      )}
    </Screen>
  );
}
