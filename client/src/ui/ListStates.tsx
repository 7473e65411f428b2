import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { rich, t } from "../platform/i18n";
import { describeError } from "../platform/state/error-messages";
import { refusal, sessionKnown, user, waits } from "../platform/state/session";
import { Icon } from "./Icon";
import { StandingNote } from "./StandingNote";

/** Placeholder lines while content loads; invisible for the first 300 ms. */
export function Skeleton({ items = 3 }: { items?: number }) {
  return (
    <div class="skeleton" role="status" aria-label={t("ui.loading")}>
      {Array.from({ length: items }, (_, index) => (
        <div key={index} class="skeleton-item">
          <span class="skeleton-line short" />
          <span class="skeleton-line title" />
          <span class="skeleton-line" />
          <span class="skeleton-line mid" />
        </div>
      ))}
    </div>
  );
}

/** An error, shown in place of the content that could not be loaded. */
export function Failure({ error, retry, safe }: { error: unknown; retry?: () => void; safe?: string }) {
  const { title, detail } = describeError(error, safe);
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <p class="failure-title" dir="auto">
          {title}
        </p>
        {detail && (
          <p class="meta" dir="auto">
            {detail}
          </p>
        )}
        {retry && (
          <button type="button" class="button" onClick={retry}>
            {t("ui.try_again")}
          </button>
        )}
      </div>
    </div>
  );
}

/** An empty list: a title, and what the user can do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title" dir="auto">
        {title}
      </p>
      {children && <div class="meta">{children}</div>}
    </div>
  );
}

/** The content of a screen that needs a session: links to sign in or create an account. */
export function SignInRequired({ to }: { to: string }) {
  if (refusal.value || waits.value) return <StandingNote />;
  const query = new URLSearchParams({ to });
  return (
    <Empty title={t("ui.sign_in_required.title")}>
      {rich("ui.sign_in_required.text", {
        signIn: (text) => <a href={`/sign-in?${query}`}>{text}</a>,
        signUp: (text) => <a href={`/sign-up?${query}`}>{text}</a>,
      })}
    </Empty>
  );
}

/** The content of a screen that the user's rank does not open; somebody who is not signed in can sign in first. */
export function NotAllowed({ title, to }: { title: string; to: string }) {
  if (!sessionKnown.value) return null;
  if (!user.value) return <SignInRequired to={to} />;
  return <Empty title={title}>{t("ui.moderators_only.text")}</Empty>;
}

/** About two screens: the next page is loaded before the user reaches it. */
const AHEAD = "1200px";

/** The end of a list: asks for more when it comes near, or when its button is pressed. */
export function Sentinel({ onSight }: { onSight: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) onSight();
      },
      { rootMargin: AHEAD },
    );
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, [onSight]);
  return (
    <div ref={element} class="sentinel">
      <button type="button" class="quiet-button" onClick={onSight}>
        {t("ui.show_more")}
      </button>
    </div>
  );
}
