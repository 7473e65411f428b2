import { readProfile } from "../api/reads";
import { Empty } from "../components/Empty";
import { Failure } from "../components/Failure";
import { PostCard } from "../components/PostCard";
import { Skeleton } from "../components/Skeleton";
import { SuspendPanel } from "../components/SuspendPanel";
import { day } from "../state/clock";
import { counted } from "../state/quantities";
import { useResource } from "../state/use-resource";
import { Screen } from "./Screen";

/** What somebody has published lately. */
export function UserScreen({ handle }: { handle: string }) {
  const resource = useResource(handle, (signal) => readProfile(handle, signal));
  const profile = resource.data.value;
  return (
    <Screen title={handle}>
      {resource.error.value !== undefined && <Failure error={resource.error.value} retry={resource.reload} />}
      {!profile && resource.loading.value && <Skeleton />}
      {profile && (
        <p class="meta">
          Here since {day(profile.joined_at)} · {counted(profile.posts, "post")} ·{" "}
          {counted(profile.comments, "reply", "replies")}
        </p>
      )}
      {profile && <SuspendPanel handle={handle} />}
      {profile?.recent.map((post) => (
        <PostCard key={post.id} post={post} />
      ))}
      {profile?.recent.length === 0 && <Empty title="Nothing published yet." />}
    </Screen>
  );
}
