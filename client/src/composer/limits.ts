/** What the gateway takes, in characters. */
export const TITLE_LIMIT = 300;
export const BODY_LIMIT = 40_000;
/** Of a report, an appeal, a rejection, a suspension: long enough to explain, short enough to be read. */
export const REASON_LIMIT = 1000;
