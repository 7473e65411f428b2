import { useSignal } from "@preact/signals";
import { api } from "../../platform/api/client";
import { REASON_LIMIT } from "../../platform/api/posts";
import type { Profile } from "../../platform/api/types";
import { formatDate } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { can, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { type FieldSpec, Form } from "../../ui/Form";
import { Empty, Failure, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { PostCard } from "../posts/PostCard";

/** A user's public page: recent posts and replies. */
export function ProfileScreen({ handle }: { handle: string }) {
  const resource = useResource(handle, (signal) => readProfile(handle, signal));
  const profile = resource.data.value;
  return (
    <Screen title={handle}>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!profile && resource.loading.value && <Skeleton />}
      {profile && (
        <p class="meta">
          {t("accounts.profile.summary", {
            date: formatDate(profile.joined_at),
            posts: profile.posts,
            replies: profile.comments,
          })}
        </p>
      )}
      {profile && <SuspendPanel handle={handle} />}
      {profile?.recent.map((post) => (
        <PostCard key={post.id} post={post} />
      ))}
      {profile?.recent.length === 0 && <Empty title={t("accounts.profile.empty")} />}
    </Screen>
  );
}

export const readProfile = (handle: string, signal: AbortSignal) =>
  api<Profile>(`/v1/users/${encodeURIComponent(handle)}`, { signal });

function suspensionFields(handle: string): FieldSpec[] {
  return [
    { name: "reason", label: t("accounts.suspend.reason", { handle }), long: true, maxLength: REASON_LIMIT },
    {
      name: "days",
      label: t("accounts.suspend.days"),
      hint: t("accounts.suspend.days_hint"),
      pattern: "[0-9]{1,4}",
      optional: true,
    },
  ];
}

/** For moderators: suspends a user from writing, or ends the suspension. */
export function SuspendPanel({ handle }: { handle: string }) {
  const isFormOpen = useSignal(false);
  if (!can("suspend_people") || user.value?.handle === handle) return null;
  const suspend = async ({ reason = "", days = "" }: Record<string, string>) => {
    await suspendPerson(handle, reason.trim(), days ? Number(days) : undefined);
    isFormOpen.value = false;
    announce(t("accounts.suspend.done", { handle }));
  };
  const reinstate = async () => {
    try {
      await reinstatePerson(handle);
      announce(t("accounts.suspend.reinstated", { handle }));
    } catch (error) {
      report(error, t("accounts.suspend.unchanged"));
    }
  };
  if (isFormOpen.value) {
    return (
      <section class="settings-part">
        <Form opened fields={suspensionFields(handle)} action={t("accounts.suspend.action")} send={suspend} />
      </section>
    );
  }
  return (
    <p class="settings-line">
      <button
        type="button"
        class="quiet-button"
        onClick={() => {
          isFormOpen.value = true;
        }}
      >
        {t("accounts.suspend.open")}
      </button>
      <button type="button" class="quiet-button" onClick={() => void reinstate()}>
        {t("accounts.suspend.reinstate")}
      </button>
    </p>
  );
}

/** Suspends a user; without `days` until a moderator ends it. */
export const suspendPerson = (handle: string, reason: string, days: number | undefined) =>
  api<void>(`/v1/users/${encodeURIComponent(handle)}/suspension`, { method: "POST", body: { reason, days } });

export const reinstatePerson = (handle: string) =>
  api<void>(`/v1/users/${encodeURIComponent(handle)}/suspension`, { method: "DELETE" });
