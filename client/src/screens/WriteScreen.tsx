import { CommunityNote } from "../components/CommunityNote";
import { SignInFirst } from "../components/SignInFirst";
import { chosenCommunity } from "../composer/chosen";
import { PostComposer } from "../composer/PostComposer";
import { useMayWrite } from "../composer/use-may-write";
import { place } from "../router/router";
import { sessionKnown } from "../session/session";
import { Screen } from "./Screen";

/** The composer and, beside it, what the chosen community asks for. */
export function WriteScreen() {
  const community = place.value.query.get("community") ?? "";
  const mayWrite = useMayWrite();
  const writing = (
    <section class="note">
      <h2>While you write</h2>
      <p>
        Your text is kept on this device at every pause. The rules of this place are tried here; only the
        server decides. <a href="/device">What may look at it, and what leaves this device</a>
      </p>
    </section>
  );
  const aside = (
    <>
      {chosenCommunity.value && <CommunityNote name={chosenCommunity.value} writing />}
      {writing}
    </>
  );
  return (
    <Screen title="Write" aside={aside}>
      {sessionKnown.value &&
        (mayWrite ? <PostComposer community={community} /> : <SignInFirst to="/write" />)}
    </Screen>
  );
}
