import { navigate, route } from "../../platform/browser/router";
import { rich, t } from "../../platform/i18n";
import { report } from "../../platform/state/notices";
import { signIn, startSession } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { type FieldSpec, Form } from "../../ui/Form";
import { Screen } from "../../ui/Screen";
import { handleField } from "./handle-field";
import { readSite } from "./identity-provider";
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
      <OtherForm isSignUp={isSignUp} />
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

/** The way to the other form, which a site without new members does not offer. */
function OtherForm({ isSignUp }: { isSignUp: boolean }) {
  const mode = useResource("site", readSite).data.value?.sign_ups;
  const query = route.value.query.has("to")
    ? `?${new URLSearchParams({ to: route.value.query.get("to") ?? "" })}`
    : "";
  if (isSignUp) {
    return (
      <p class="meta">
        {rich("accounts.sign_up.to_sign_in", { link: (text) => <a href={`/sign-in${query}`}>{text}</a> })}
      </p>
    );
  }
  if (mode === undefined || mode === "closed") return null;
  return (
    <p class="meta">
      {rich(mode === "open" ? "accounts.sign_in.to_open_sign_up" : "accounts.sign_in.to_sign_up", {
        link: (text) => <a href={`/sign-up${query}`}>{text}</a>,
      })}
    </p>
  );
}

/** A path of this site to return to: an address in a link must not lead to another site after signing in. */
export function safeReturnPath(to: string | null): string {
  return to && /^\/(?![/\\])/.test(to) ? to : "/";
}
