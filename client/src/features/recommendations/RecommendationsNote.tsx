import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type InterestKind, readRecommendations } from "../../platform/api/interests";
import type { RecommendationReason } from "../../platform/api/types";
import { formatList } from "../../platform/browser/format";
import { rich, t } from "../../platform/i18n";
import { can, user } from "../../platform/state/session";
import { useResource } from "../../platform/state/use-resource";
import { InterestSwitch } from "./InterestSwitch";

/** Communities and people that may suit the user. It shows nothing while it has none: it is never worth waiting for. */
export function RecommendationsNote() {
  const id = user.value?.id;
  return id && can("see_recommendations") ? <Recommended key={id} userId={id} /> : null;
}

function Recommended({ userId }: { userId: string }) {
  const resource = useResource(userId, readRecommendations);
  const { communities = [], people = [] } = resource.data.value ?? {};
  if (communities.length + people.length === 0) return null;
  return (
    <section class="note" aria-labelledby="recommendations">
      <h2 id="recommendations">{t("recommendations.title")}</h2>
      <ul class="related">
        {communities.map(({ name, title, reason }) => (
          <Item key={`c/${name}`} kind="community" name={name} label={title || name} reason={reason} />
        ))}
        {people.map(({ handle, reason }) => (
          <Item key={`u/${handle}`} kind="person" name={handle} label={`@${handle}`} reason={reason} />
        ))}
      </ul>
    </section>
  );
}

interface ItemProps {
  kind: InterestKind;
  name: string;
  label: string;
  reason: RecommendationReason;
}

function Item({ kind, name, label, reason }: ItemProps) {
  const isRefused = useSignal(false);
  const onChange = (refused: boolean) => {
    isRefused.value = refused;
  };
  return (
    <li>
      {isRefused.value ? (
        <bdi class="meta">{label}</bdi>
      ) : (
        <a href={kind === "community" ? `/c/${name}` : `/u/${name}`} dir="auto">
          {label}
        </a>
      )}
      <p class="meta">{isRefused.value ? t("recommendations.gone") : reasonText(reason)}</p>
      <InterestSwitch kind={kind} name={name} label={label} onChange={onChange} />
    </li>
  );
}

/** The reason in words: the post that the user voted for, and for a person the communities that both use. */
function reasonText({ kind, post_id, title, communities = [] }: RecommendationReason): ComponentChildren {
  if (kind === "popular") return t("recommendations.reason.popular");
  const shared =
    communities.length > 0 && t("recommendations.reason.shared", { communities: formatList(communities) });
  if (!post_id || !title) return shared || t("recommendations.reason.near");
  const link = (text: ComponentChildren) => (
    <a class="inline-link" href={`/p/${post_id}`} dir="auto">
      {text}
    </a>
  );
  return (
    <>
      {rich("recommendations.reason.voted", { link }, { title })} {shared}
    </>
  );
}
