/** The CSRF token of this session. The session itself is an HttpOnly cookie that no script can read. */
let csrf = "";

export function csrfToken(): string {
  return csrf;
}

export function setCsrfToken(token: string): void {
  csrf = token;
}
