import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { navigate, route } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { announce } from "../../platform/state/notices";
import { sessionKnown, startSession } from "../../platform/state/session";
import { Empty, Failure, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { comeBack, type ProviderReturn, takeWay, type Way } from "./identity-provider";
import { NewPersonForm } from "./NewPersonForm";
import { safeReturnPath } from "./SignInScreen";

interface State {
  way: Way;
  error?: unknown;
  /** The provider's reason for sending no code; `access_denied` if the person gave up. */
  refusal?: string;
  newPerson?: { username: string; suggested_handle: string };
}

/** The page to which the identity provider sends the browser back: ends what this tab has begun there. */
export function ReturnScreen() {
  const state = useSignal<State | null>(null);
  const isReady = sessionKnown.value;
  useEffect(() => {
    if (isReady) void end();
  }, [isReady]);

  const end = async () => {
    const way = takeWay();
    const given = takeReturn();
    if (typeof given === "string") {
      state.value = { way, refusal: given };
      return;
    }
    try {
      const answer = await comeBack(way.purpose, given);
      if (answer?.new) state.value = { way, newPerson: answer.new };
      else {
        if (answer?.session) await startSession(answer.session);
        finish(way);
      }
    } catch (error) {
      state.value = { way, error };
    }
  };

  const { way, error, refusal, newPerson } = state.value ?? {};
  return (
    <Screen title={t(newPerson ? "accounts.new_person.title" : "accounts.return.title")}>
      {!state.value && <Skeleton items={1} />}
      {refusal !== undefined && (
        <Empty
          title={
            refusal === "access_denied"
              ? t("accounts.return.declined")
              : t("accounts.return.refused", { reason: refusal })
          }
        >
          {way && back(way)}
        </Empty>
      )}
      {error !== undefined && (
        <>
          <Failure error={error} />
          {way && <p class="meta">{back(way)}</p>}
        </>
      )}
      {newPerson && way && (
        <NewPersonForm person={newPerson} invitation={way.invitation} onDone={() => finish(way)} />
      )}
    </Screen>
  );
}

function finish(way: Way): void {
  if (way.purpose === "link") announce(t("accounts.identities.linked"));
  if (way.purpose === "prove") announce(t("accounts.proof.done"));
  navigate(safeReturnPath(way.to), true);
}

/** Takes the provider's answer, or its reason for none, out of the address, where nobody else shall find it. */
function takeReturn(): ProviderReturn | string {
  const { path, query } = route.peek();
  const code = query.get("code");
  navigate(path, true);
  // A code of the standard: the address may be anybody's.
  if (code === null) return /^[a-z_]{1,40}$/.exec(query.get("error") ?? "")?.[0] ?? "access_denied";
  return { code, state: query.get("state") ?? "", iss: query.get("iss") ?? "" };
}

const back = ({ purpose, to }: Way) => (
  <a href={purpose === "sign_in" ? "/sign-in" : safeReturnPath(to)}>
    {t(purpose === "sign_in" ? "accounts.return.to_sign_in" : "accounts.return.back")}
  </a>
);
