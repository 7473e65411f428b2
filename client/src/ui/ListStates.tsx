import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { describeError } from "../platform/state/notices";
import { Icon } from "./Icon";

/** Lines in the shape of what is coming; they stay invisible for the first 300 ms. */
export function Skeleton({ items = 3 }: { items?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
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

/** An error in the place of what could not be loaded. */
export function Failure({ error, retry, safe }: { error: unknown; retry?: () => void; safe?: string }) {
  const { title, detail } = describeError(error, safe);
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        <p class="failure-title">{title}</p>
        {detail && <p class="meta">{detail}</p>}
        {retry && (
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** What a list says when there is nothing in it, and what can be done about that. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="meta">{children}</div>}
    </div>
  );
}

/** Where a screen needs somebody to be here. */
export function SignInRequired({ to }: { to: string }) {
  const query = new URLSearchParams({ to });
  return (
    <Empty title="This needs an account.">
      <a href={`/sign-in?${query}`}>Sign in</a> or <a href={`/sign-up?${query}`}>make an account</a>: a handle
      and a password, nothing else.
    </Empty>
  );
}

/** About two screens ahead, so that the next page is there before the person is. */
const AHEAD = "1200px";

/** The end of a list: asks for more when it comes near. A button does the same without scrolling. */
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
        Show more
      </button>
    </div>
  );
}
