/** What the gateway takes, in characters. */
export const TITLE_LIMIT = 300;
export const BODY_LIMIT = 40_000;
