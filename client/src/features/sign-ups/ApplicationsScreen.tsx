import { useEffect, useRef } from "preact/hooks";
import type { Application } from "../../platform/api/types";
import { formatDate, formatDateTime } from "../../platform/browser/format";
import { t } from "../../platform/i18n";
import { announce, report } from "../../platform/state/notices";
import { decidesSignUps } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { useDisclosure } from "../../ui/Disclosure";
import { Form } from "../../ui/Form";
import { Failure, NotAllowed, Skeleton } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { approve, readApplications, refuse } from "./sign-ups-api";

/** For moderators of the whole site: people who wait for an approval, and those who were refused lately. */
export function ApplicationsScreen() {
  return (
    <Screen title={t("sign_ups.applications.title")}>
      {decidesSignUps() ? (
        <ApplicationList />
      ) : (
        <NotAllowed title={t("ui.moderators_only.title")} to="/applications" />
      )}
    </Screen>
  );
}

/** The queue, those who wait longest first. */
export function ApplicationList() {
  const resource = useResource("applications", readApplications);
  const onApprove = async ({ id, handle }: Application) => {
    try {
      await approve(id);
      announce(t("sign_ups.applications.approved", { handle }));
    } catch (error) {
      report(error, t("sign_ups.applications.unchanged"));
    }
    resource.reload();
  };
  const onRefuse = async ({ id, handle }: Application, reason: string) => {
    await refuse(id, reason);
    announce(t("sign_ups.applications.refused", { handle }));
    resource.reload();
  };
  const found = resource.data.value;
  return (
    <>
      <p class="meta">{t("sign_ups.applications.hint")}</p>
      {found && <p role="status">{t("sign_ups.applications.count", { count: found.waiting })}</p>}
      {!found && resource.loading.value && <Skeleton items={2} />}
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      <ul class="grants">
        {found?.items.map((one) => (
          <ApplicationRow key={one.id} one={one} onApprove={onApprove} onRefuse={onRefuse} />
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  one: Application;
  onApprove: (one: Application) => Promise<void>;
  onRefuse: (one: Application, reason: string) => Promise<void>;
}

function ApplicationRow({ one, onApprove, onRefuse }: RowProps) {
  const { open, button, panel } = useDisclosure();
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open) form.current?.querySelector("textarea")?.focus();
  }, [open]);
  const { handle } = one;
  return (
    <li class="grant">
      <div>
        <p>
          <a href={`/u/${handle}`}>
            <bdi>{handle}</bdi>
          </a>
        </p>
        {one.reason && <p>{t("sign_ups.applications.reason", { reason: one.reason })}</p>}
        <p class="meta">{stateOf(one)}</p>
        {one.state === "waiting" && (
          <div {...panel} ref={form}>
            <Form
              fields={[
                {
                  name: "reason",
                  label: t("sign_ups.applications.refuse_reason"),
                  long: true,
                  maxLength: 1000,
                },
              ]}
              action={t("sign_ups.applications.refuse")}
              send={({ reason = "" }) => onRefuse(one, reason)}
              danger
            />
          </div>
        )}
      </div>
      <div class="row-actions">
        <button
          type="button"
          class="button primary"
          aria-label={t("sign_ups.applications.approve_label", { handle })}
          onClick={() => void onApprove(one)}
        >
          {t("sign_ups.applications.approve")}
        </button>
        {one.state === "waiting" && (
          <button {...button} class="button" aria-label={t("sign_ups.applications.refuse_label", { handle })}>
            {t("sign_ups.applications.refuse_open")}
          </button>
        )}
      </div>
    </li>
  );
}

function stateOf({ state, registered_at, refused_for, erased_at }: Application): string {
  if (state === "waiting") return t("sign_ups.applications.since", { when: formatDateTime(registered_at) });
  return t("sign_ups.applications.refused_state", {
    reason: refused_for ?? "",
    date: erased_at ? formatDate(erased_at) : "",
  });
}
