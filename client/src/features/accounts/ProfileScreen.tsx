import { useSignal } from "@preact/signals";
import { api } from "../../platform/api/client";
import { REASON_LIMIT } from "../../platform/api/posts";
import type { Profile } from "../../platform/api/types";
import { countOf, formatDate } from "../../platform/browser/format";
import { announce, report } from "../../platform/state/notices";
import { useResource } from "../../platform/state/resource";
import { can, user } from "../../platform/state/session";
import { Form } from "../../ui/Form";
import { Empty, Failure, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { PostCard } from "../posts/PostCard";

/** What somebody has published lately. */
export function ProfileScreen({ handle }: { handle: string }) {
  const resource = useResource(handle, (signal) => readProfile(handle, signal));
  const profile = resource.data.value;
  return (
    <Screen title={handle}>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!profile && resource.loading.value && <Skeleton />}
      {profile && (
        <p class="meta">
          Here since {formatDate(profile.joined_at)} · {countOf(profile.posts, "post")} ·{" "}
          {countOf(profile.comments, "reply", "replies")}
        </p>
      )}
      {profile && <SuspendPanel handle={handle} />}
      {profile?.recent.map((post) => (
        <PostCard key={post.id} post={post} />
      ))}
      {profile?.recent.length === 0 && <Empty title="Nothing published yet." />}
    </Screen>
  );
}

export const readProfile = (handle: string, signal: AbortSignal) =>
  api<Profile>(`/v1/users/${encodeURIComponent(handle)}`, { signal });

const FIELDS = [
  { name: "reason", label: "Why? They read this.", long: true, maxLength: REASON_LIMIT },
  {
    name: "days",
    label: "For how many days?",
    hint: "A number. Empty: until somebody ends it.",
    pattern: "[0-9]{1,4}",
    optional: true,
  },
];

/** For moderators: lets somebody only read for a while, or write again. */
export function SuspendPanel({ handle }: { handle: string }) {
  const asking = useSignal(false);
  if (!can("suspend_people") || user.value?.handle === handle) return null;
  const suspend = async ({ reason = "", days = "" }: Record<string, string>) => {
    await suspendPerson(handle, reason.trim(), days ? Number(days) : undefined);
    asking.value = false;
    announce(`${handle} can read, but not write.`);
  };
  const reinstate = async () => {
    try {
      await reinstatePerson(handle);
      announce(`${handle} can write.`);
    } catch (error) {
      report(error, "Nothing has changed.");
    }
  };
  if (asking.value) {
    return (
      <section class="settings-part">
        <Form fields={FIELDS} action="Suspend" send={suspend} />
      </section>
    );
  }
  return (
    <p class="settings-line">
      <button
        type="button"
        class="quiet-button"
        onClick={() => {
          asking.value = true;
        }}
      >
        Suspend…
      </button>
      <button type="button" class="quiet-button" onClick={() => void reinstate()}>
        Let write again
      </button>
    </p>
  );
}

/** `days` undefined: until somebody ends it. */
export const suspendPerson = (handle: string, reason: string, days: number | undefined) =>
  api<void>(`/v1/users/${encodeURIComponent(handle)}/suspension`, { method: "POST", body: { reason, days } });

export const reinstatePerson = (handle: string) =>
  api<void>(`/v1/users/${encodeURIComponent(handle)}/suspension`, { method: "DELETE" });
