import { navigate, route } from "../../platform/browser/router";
import { rich, t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { signIn, startSession } from "../../platform/state/session";
import { type FieldSpec, Form } from "../../ui/Form";
import { Screen } from "../../ui/Screen";
import { handleField } from "./handle-field";
import { ProviderButton } from "./ProviderButton";
import { isPasskeyDeclined, passkeySession, passkeysSupported } from "./passkeys";
import { passwordProblem } from "./password-rules";
import { SignUpForm } from "./SignUpForm";

/** The fields; rules for handle and password are shown only to new users. */
function fieldsFor(isSignUp: boolean): FieldSpec[] {
  return [
    handleField(isSignUp),
    {
      name: "password",
      label: t("accounts.sign_in.password"),
      hint: isSignUp ? t("accounts.sign_in.password_hint") : "",
      ...(isSignUp ? { check: (value, { handle = "" }) => passwordProblem(value, handle) } : {}),
      secret: true,
      minLength: 10,
      autocomplete: isSignUp ? "new-password" : "current-password",
    },
  ];
}

/** The form to sign in or to create an account. */
export function SignInScreen({ isSignUp }: { isSignUp: boolean }) {
  const goOn = () => navigate(safeReturnPath(route.peek().query.get("to")), true);
  const enter = async ({ handle = "", password = "" }: Record<string, string>) => {
    await signIn(handle, password);
    goOn();
  };
  const enterWithPasskey = async () => {
    try {
      await startSession(await passkeySession());
      goOn();
    } catch (error) {
      if (!isPasskeyDeclined(error)) report(error);
    }
  };
  return (
    <Screen title={t(isSignUp ? "accounts.sign_up.title" : "accounts.sign_in.title")}>
      {isSignUp ? (
        <SignUpForm fields={fieldsFor(true)} onDone={goOn} />
      ) : (
        <Form fields={fieldsFor(false)} action={t("accounts.sign_in.action")} send={enter} />
      )}
      <p class="meta">
        {isSignUp
          ? rich("accounts.sign_up.to_sign_in", { link: (text) => <a href="/sign-in">{text}</a> })
          : rich("accounts.sign_in.to_sign_up", { link: (text) => <a href="/sign-up">{text}</a> })}
      </p>
      <ProviderButton isSignUp={isSignUp} to={safeReturnPath(route.value.query.get("to"))} />
      {!isSignUp && passkeysSupported() && (
        <p class="other-way">
          <button type="button" class="button" onClick={() => void enterWithPasskey()}>
            {t("accounts.sign_in.passkey")}
          </button>
        </p>
      )}
      {!isSignUp && (
        <p class="meta">
          <a href="/reset">{t("accounts.sign_in.forgot")}</a>
        </p>
      )}
    </Screen>
  );
}

/** A path of this site to return to: an address in a link must not lead to another site after signing in. */
export function safeReturnPath(to: string | null): string {
  return to && /^\/(?![/\\])/.test(to) ? to : "/";
}
