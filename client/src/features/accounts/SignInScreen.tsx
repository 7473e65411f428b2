import { navigate, route } from "../../platform/browser/router";
import { signIn, signUp } from "../../platform/state/session";
import { type FieldSpec, Form } from "../../ui/Form";
import { Screen } from "../../ui/Screen";

const HANDLE: FieldSpec = {
  name: "handle",
  label: "Handle",
  hint: "3 to 30 of a–z, 0–9, _ and -",
  pattern: "[a-z0-9_\\-]{3,30}",
  autocomplete: "username",
};
const PASSWORD: FieldSpec = {
  name: "password",
  label: "Password",
  hint: "At least 10 characters",
  secret: true,
  minLength: 10,
};

/** Sign in, or make an account: two handles on the same door. */
export function SignInScreen({ isSignUp }: { isSignUp: boolean }) {
  const enter = async ({ handle = "", password = "" }: Record<string, string>) => {
    await (isSignUp ? signUp : signIn)(handle, password);
    navigate(safeReturnPath(route.peek().query.get("to")), true);
  };
  const password: FieldSpec = { ...PASSWORD, autocomplete: isSignUp ? "new-password" : "current-password" };
  return (
    <Screen title={isSignUp ? "Make an account" : "Sign in"}>
      <Form
        key={String(isSignUp)}
        fields={
          isSignUp
            ? [HANDLE, password]
            : [
                { ...HANDLE, hint: "" },
                { ...password, hint: "" },
              ]
        }
        action={isSignUp ? "Make account" : "Sign in"}
        send={enter}
      />
      <p class="meta">
        {isSignUp ? (
          <>
            You have one already? <a href="/sign-in">Sign in</a>
          </>
        ) : (
          <>
            New here? <a href="/sign-up">Make an account</a>. A handle and a password, nothing else.
          </>
        )}
      </p>
    </Screen>
  );
}

/** Only a path of this site: an address from a link must not lead away after signing in. */
export function safeReturnPath(to: string | null): string {
  return to && /^\/(?![/\\])/.test(to) ? to : "/";
}
