import { formatDateTime } from "../../platform/browser/format";
import { navigate } from "../../platform/browser/router";
import { report } from "../../platform/state/notices";
import { can, sessionKnown, signOut, suspension, user } from "../../platform/state/session";
import { SignInRequired } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { ThemeChoice } from "../../ui/Theme";

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
      {sessionKnown.value && !me && <SignInRequired to="/me" />}
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

/** What somebody is told who may not write at the moment. */
export function SuspensionNote() {
  const { value } = suspension;
  if (!value) return null;
  const end = value.until ? `until ${formatDateTime(value.until)}` : "until a moderator ends it";
  return (
    <section class="note" aria-label="You cannot write at the moment">
      <h2>You can read, but not write, {end}</h2>
      <p>A moderator says: {value.reason}</p>
      <p class="meta">What you wrote stays yours: you can still withdraw it, or delete your account.</p>
    </section>
  );
}
