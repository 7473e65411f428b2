import { readGrants, revokeGrant } from "../api/people";
import type { Grant } from "../api/types";
import { Failure } from "../components/Failure";
import { Skeleton } from "../components/Skeleton";
import { day } from "../state/clock";
import { announce, report } from "../state/notices";
import { useResource } from "../state/use-resource";

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
          Since {day(grant.created_at)}, until {day(grant.expires_at)}
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
