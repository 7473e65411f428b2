import { Empty } from "../components/Empty";
import { SignInFirst } from "../components/SignInFirst";
import { KeysHelp } from "../review/KeysHelp";
import { reviewQueueOf } from "../review/queue";
import { ReviewList } from "../review/ReviewList";
import { can } from "../session/capabilities";
import { sessionKnown, user } from "../session/session";
import { Screen } from "./Screen";

/** Where people decide on what the machine did not want to decide. */
export function ReviewScreen() {
  const aside = (
    <section class="note">
      <h2>What a decision does</h2>
      <p>
        Yours replaces the machine’s. The author reads your reason, and everybody sees in the public log that
        a person decided. It is sent after 5 seconds, or at once when you leave this page.
      </p>
    </section>
  );
  return (
    <Screen title="Review" aside={aside}>
      {sessionKnown.value && <Board />}
    </Screen>
  );
}

function Board() {
  if (!user.value) return <SignInFirst to="/review" />;
  if (!can("review_posts")) {
    return <Empty title="This is for moderators.">You can read and write everywhere else.</Empty>;
  }
  return (
    <>
      <ReviewList key={user.value.id} queue={reviewQueueOf(user.value.id)} />
      <KeysHelp />
    </>
  );
}
