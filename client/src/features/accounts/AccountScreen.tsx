import { useSignal } from "@preact/signals";
import { api } from "../../platform/api/client";
import type { Grant, Page } from "../../platform/api/types";
import { formatDate } from "../../platform/browser/format";
import { navigate } from "../../platform/browser/router";
import { deleteDrafts } from "../../platform/state/drafts";
import { announce, report } from "../../platform/state/notices";
import { useResource } from "../../platform/state/resource";
import { can, endSession, sessionKnown, user } from "../../platform/state/session";
import { Form } from "../../ui/Form";
import { Failure, SignInRequired, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";

/** What opens the person's account, and the way out of it for good. */
export function AccountScreen() {
  return (
    <Screen title="Your account">
      {sessionKnown.value && !user.value && <SignInRequired to="/account" />}
      {user.value && can("see_tokens") && <GrantList />}
      {user.value && can("erase_me") && <ErasePanel />}
    </Screen>
  );
}

/** Where the person is signed in, and the tokens of their programs. */
export function GrantList() {
  const resource = useResource("grants", readGrants);
  const end = async (grant: Grant) => {
    try {
      await revokeGrant(grant.id);
      announce("Ended: it opens nothing from now on.");
      resource.reload();
    } catch (error) {
      report(error, "It still works.");
    }
  };
  const grants = resource.data.value?.items;
  return (
    <section class="settings-part">
      <h2 class="section-title">Sign-ins and tokens</h2>
      <p class="meta">Each opens your account until it ends. End what you do not know.</p>
      {!grants && resource.loading.value && <Skeleton items={1} />}
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      <ul class="grants">
        {grants?.map((grant) => (
          <GrantRow key={grant.id} grant={grant} end={end} />
        ))}
      </ul>
    </section>
  );
}

function GrantRow({ grant, end }: { grant: Grant; end: (grant: Grant) => Promise<void> }) {
  const name = grant.kind === "token" ? `Token “${grant.name}”` : "Signed in with a browser";
  return (
    <li class="grant">
      <div>
        <p>{grant.current ? "This browser" : name}</p>
        <p class="meta">
          Since {formatDate(grant.created_at)}, until {formatDate(grant.expires_at)}
          {grant.scopes.length > 0 && ` · may ${grant.scopes.map(plain).join(", ")}`}
        </p>
      </div>
      {!grant.current && (
        <button type="button" class="button" onClick={() => void end(grant)}>
          End
        </button>
      )}
    </li>
  );
}

function plain(scope: string): string {
  return scope.replaceAll("_", " ");
}

/** Deleting the account: what goes, what stays, and the password once more. */
export function ErasePanel() {
  const asking = useSignal(false);
  const erase = async ({ password = "" }: Record<string, string>) => {
    await eraseMe(password);
    deleteDrafts();
    await endSession();
    announce("Your account is deleted. Nobody can read what you wrote any more.");
    navigate("/");
  };
  return (
    <section class="settings-part">
      <h2 class="section-title">Delete your account</h2>
      <p>
        <strong>What goes:</strong> everything you wrote, the drafts on this device, your name, your password,
        your sign-ins and tokens. The key to your texts is destroyed, so that nobody can read them any more,
        also not in backups.
      </p>
      <p>
        <strong>What stays, without text and without a name:</strong> that something was written here, what
        was decided about it, and your votes. Replies of others stay, below an empty place.
      </p>
      <p class="meta">It is done at once, and cannot be undone.</p>
      {asking.value ? (
        <Form
          fields={[
            { name: "password", label: "Your password", secret: true, autocomplete: "current-password" },
          ]}
          action="Delete my account for good"
          danger
          send={erase}
        />
      ) : (
        <button
          type="button"
          class="button danger"
          onClick={() => {
            asking.value = true;
          }}
        >
          Delete my account…
        </button>
      )}
    </section>
  );
}

export const readGrants = (signal: AbortSignal) => api<Page<Grant>>("/v1/tokens", { signal });

export const revokeGrant = (id: string) => api<void>(`/v1/tokens/${id}`, { method: "DELETE" });

/** For good: the key to everything that the person wrote is destroyed. */
export const eraseMe = (password: string) => api<void>("/v1/me", { method: "DELETE", body: { password } });
