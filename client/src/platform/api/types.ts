import type { components, operations } from "./schema";

/** Short names for the models of `/v1`. `npm run types` generates `schema.ts` from the gateway's OpenAPI document. */

type Schemas = components["schemas"];
type FeedQuery = NonNullable<operations["read_feed_v1_feed_get"]["parameters"]["query"]>;

export type Act = Schemas["Act"];
export type Account = Schemas["Account"];
export type Application = Schemas["ApplicationOut"];
export type Applications = Schemas["Applications"];
export type Accepted = Schemas["Accepted"];
export type Capabilities = Schemas["Capabilities"];
export type Claim = Schemas["ClaimOut"];
export type Comment = Schemas["Comment"];
export type Community = Schemas["Community"];
export type Decision = Schemas["DecisionOut"];
export type DeviceManifest = Schemas["DeviceModel"];
export type Fact = Schemas["TimelineFact"];
export type FeedItem = Schemas["FeedItem"];
export type Grant = Schemas["GrantOut"];
export type Invitation = Schemas["InvitationOut"];
export type Invitations = Schemas["Invitations"];
export type NewInvitation = Schemas["NewInvitation"];
export type RecommendationReason = Schemas["RecommendationReason"];
export type Recommendations = Schemas["Recommendations"];
export type Refusal = Schemas["Refusal"];
export type Site = Schemas["Site"];
export type Identities = Schemas["Identities"];
export type Identity = Schemas["IdentityOut"];
export type Me = Pick<Schemas["Me"], "user" | "csrf_token"> &
  Partial<Pick<Schemas["Me"], "standing" | "suspension" | "refusal" | "may_invite" | "vote_weight">> & {
    guessed_at?: string | null;
  };
export type NewCommunity = Schemas["NewCommunity"];
export type NotInterested = Schemas["NotInterested"];
export type OwnWaiting = Schemas["OwnWaiting"];
export type Post = Schemas["Post"];
export type Profile = Schemas["Profile"];
export type QueueItem = Schemas["QueueItem"];
export type Reason = Schemas["ReasonOut"];
export type Security = Schemas["Security"];
export type SearchItem = Schemas["FoundPost"];
export type Suspension = Schemas["Suspension"];
export type Timeline = Schemas["Timeline"];
export type TimelineSpan = Schemas["TimelineSpan"];
export type UserWithRoles = Schemas["UserWithRoles"];
export type VoteWeight = Schemas["VoteWeight"];
export type Votes = Schemas["Votes"];

export type OidcSignIn = Schemas["OidcSignIn"];
export type Outcome = Decision["outcome"];
export type PostState = Post["state"];
export type VoteValue = Post["my_vote"];
export type Sort = NonNullable<FeedQuery["sort"]>;
export type Window = NonNullable<FeedQuery["window"]>;

/** A page of a list; `next` is the cursor of the following one. */
export interface Page<Item> {
  items: Item[];
  next?: string | null;
}
