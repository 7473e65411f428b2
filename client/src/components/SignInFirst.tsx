import { Empty } from "./Empty";

/** Where a screen needs somebody to be here. */
export function SignInFirst({ to }: { to: string }) {
  const query = new URLSearchParams({ to });
  return (
    <Empty title="This needs an account.">
      <a href={`/sign-in?${query}`}>Sign in</a> or <a href={`/sign-up?${query}`}>make an account</a>: a handle
      and a password, nothing else.
    </Empty>
  );
}
