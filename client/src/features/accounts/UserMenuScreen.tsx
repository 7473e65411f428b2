import { formatDateTime } from "../../platform/browser/format";
import { navigate } from "../../platform/browser/router";
import { t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import {
  can,
  decidesSignUps,
  mayInvite,
  sessionKnown,
  signOut,
  suspension,
  user,
} from "../../platform/state/session";
import { SignInRequired } from "../../ui/ListStates";
import { Screen } from "../../ui/Screen";
import { StandingNote } from "../../ui/StandingNote";
import { ThemeChoice } from "../../ui/Theme";

/** The user's menu: links to their pages, the theme, and signing out. */
export function UserMenuScreen() {
  const onSignOut = async () => {
    try {
      await signOut();
      navigate("/");
    } catch (error) {
      report(error, t("accounts.me.not_signed_out"));
    }
  };
  const { value: me } = user;
  return (
    <Screen title={me?.handle ?? t("accounts.me.title")}>
      <SuspensionNote />
      <StandingNote />
      {sessionKnown.value && !me && <SignInRequired to="/me" />}
      {me && (
        <ul class="menu">
          <li>
            <a href={`/u/${me.handle}`}>{t("accounts.me.profile")}</a>
          </li>
          <li>
            <a href="/mine">{t("accounts.me.posts")}</a>
          </li>
          {can("review_posts") && (
            <li>
              <a href="/review">{t("accounts.me.review")}</a>
            </li>
          )}
          {can("see_drift") && (
            <li>
              <a href="/drift">{t("drift.title")}</a>
            </li>
          )}
          {decidesSignUps() && (
            <li>
              <a href="/applications">{t("sign_ups.applications.title")}</a>
            </li>
          )}
          {mayInvite.value && (
            <li>
              <a href="/invitations">{t("sign_ups.invitations.title")}</a>
            </li>
          )}
          {can("manage_roles") && (
            <li>
              <a href="/roles">{t("accounts.me.roles")}</a>
            </li>
          )}
          {can("see_audit") && (
            <li>
              <a href="/audit">{t("accounts.me.audit")}</a>
            </li>
          )}
          <li>
            <a href="/communities">{t("accounts.me.communities")}</a>
          </li>
          <li>
            <a href="/account">{t("accounts.me.account")}</a>
          </li>
        </ul>
      )}
      <ul class="menu">
        <li>
          <a href="/device">{t("device.screen")}</a>
        </li>
        <li>
          <a href="/readers">{t("device.readers.screen")}</a>
        </li>
      </ul>
      <ThemeChoice />
      {me && (
        <p>
          <button type="button" class="button" onClick={onSignOut}>
            {t("accounts.me.sign_out")}
          </button>
        </p>
      )}
    </Screen>
  );
}

/** A note for a suspended user: reason, end, and remaining rights. */
export function SuspensionNote() {
  const { value } = suspension;
  if (!value) return null;
  const { until, reason } = value;
  return (
    <section class="note" aria-label={t("accounts.suspension.label")}>
      <h2>
        {until
          ? t("accounts.suspension.until", { date: formatDateTime(until) })
          : t("accounts.suspension.until_ended")}
      </h2>
      <p>{t("accounts.suspension.reason", { reason })}</p>
      <p class="meta">{t("accounts.suspension.rights")}</p>
    </section>
  );
}
