import { joinSentences, t } from "../../platform/i18n";
import { shareBasis, shareHeadline } from "./accuracy-texts";
import type { Drift, Share } from "./drift-api";

/** Shares of correct and wrong previews in the period. False reassurance comes first because it harms users most. */
export function PreviewAccuracyReport({ drift }: { drift: Drift }) {
  const { total, warned, without_preview, of_another_text, of_unknown_origin } = drift;
  return (
    <dl class="drift-rows">
      <ShareRow
        title={t("drift.false_reassurance")}
        meaning={joinSentences(
          t("drift.false_reassurance.meaning"),
          t("drift.false_reassurance.failed_checks", { count: total.failed_checks }),
        )}
        share={total.false_reassurance}
      />
      <ShareRow
        title={t("drift.false_alarm")}
        meaning={t("drift.false_alarm.meaning")}
        share={total.false_alarm}
      />
      <ShareRow title={t("drift.agreement")} meaning={t("drift.agreement.meaning")} share={total.agreement} />
      <ShareRow
        title={t("drift.changed")}
        meaning={joinSentences(
          t("drift.changed.meaning"),
          t("drift.changed.unsent", { count: warned.unsent ?? 0 }),
        )}
        share={warned.changed}
      />
      <ShareRow
        title={t("drift.no_preview")}
        meaning={joinSentences(
          t("drift.no_preview.meaning"),
          t("drift.no_preview.other_text", { count: of_another_text ?? 0 }),
          t("drift.no_preview.unknown_origin", { count: of_unknown_origin ?? 0 }),
        )}
        share={without_preview}
      />
    </dl>
  );
}

interface RowProps {
  title: string;
  /** An explanation of the share. */
  meaning: string;
  share: Share;
}

/** One share: the number, its confidence interval as a band, and the counts behind it. */
export function ShareRow({ title, meaning, share }: RowProps) {
  return (
    <div class="drift-row">
      <dt dir="auto">{title}</dt>
      <dd>
        <p class={share.enough ? "drift-number" : "drift-number unsure"}>{shareHeadline(share)}</p>
        <Band share={share} />
        <p class="meta">{meaning}</p>
        <p class="meta">{shareBasis(share)}</p>
      </dd>
    </div>
  );
}

/** A scale from 0 to 100%: the band is the interval, the mark the share. The text beside it says the same. */
function Band({ share }: { share: Share }) {
  if (share.share === null || share.low === null || share.high === null) return null;
  const [low, high] = [share.low * 100, share.high * 100];
  return (
    <span class="drift-band" aria-hidden="true">
      <span class="drift-range" style={{ left: `${low}%`, width: `${Math.max(high - low, 1)}%` }} />
      <span class="drift-mark" style={{ left: `${share.share * 100}%` }} />
    </span>
  );
}
