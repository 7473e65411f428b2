"""Message handlers: each decodes a message, calls the domain, and publishes the result."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from nats.aio.client import Client

from services.moderation.audit_checkpoint_publisher import AuditCheckpointPublisher
from services.moderation.domain import CheckFailed, Decision, Facts, decide, hold_without_policy
from services.moderation.engines.engine import Assessment, MonitoredEngine, ScoringRequest, with_reading
from services.moderation.engines.local_engine import BUSY
from services.moderation.policy_follower import PolicyFollower
from services.moderation.post_history import (
    answered_text,
    decrypt,
    is_obsolete,
    is_same_decision,
    submission_of,
    text_under_review,
)
from services.moderation.review_rights import refusal
from services.moderation.rule_checks import RuleChecks
from services.moderation.spam_history import SpamHistory
from services.moderation.undecided_posts import UndecidedPosts
from shared.content import Content
from shared.log.append import ConcurrencyConflict, Log
from shared.log.crash_points import crash_point
from shared.log.events import (
    Event,
    PostDecided,
    PostEdited,
    PostSubmitted,
    PostWithdrawn,
    Reason,
    reasons_for_author,
    record,
)
from shared.log.streams import DECIDE_POST
from shared.messaging.broker import durable_health
from shared.messaging.progress import Progress
from shared.messaging.requests import CaseResolved, CheckDraft, DraftDecision, Health, ResolveCase
from shared.model.local_model import Model
from shared.model.pinned_files import VECTORS
from shared.policy import Policy
from shared.security.data_keys import DataKeyStore, Erased
from shared.telemetry.metrics import DECISION_LATENCY, UNJUDGED_POSTS, Metrics
from shared.telemetry.tracing import traceparent

ACTOR = "service:moderation"
# Shorter than the gateway's own time limit, so that the author gets an explanation instead of a timeout.
DRAFT_TIMEOUT_S = 9.0


@dataclass
class Dependencies:
    """The connections and engines of the handlers, made when the service starts."""

    broker: Client
    engine: MonitoredEngine
    log: Log
    keys: DataKeyStore
    model: Model
    metrics: Metrics
    rules: RuleChecks = field(default_factory=RuleChecks)
    spam: SpamHistory | None = None


class Handlers:
    """The handlers of moderation's durable and requests."""

    dependencies: Dependencies

    def __init__(self, policy: Policy | None = None) -> None:
        self.policies = PolicyFollower(policy)
        self.auditor: AuditCheckpointPublisher | None = None
        self.undecided: UndecidedPosts | None = None
        self.progress = Progress()

    async def decide_post(self, event: Event) -> None:
        """Judge a submission or an edit, and append the decision unless it has become obsolete."""
        fact = event.data
        if not isinstance(fact, PostSubmitted | PostEdited):
            return
        if await is_obsolete(self.dependencies.log, event):
            return  # decided before, or a stored copy of an earlier fact
        started = perf_counter()
        try:
            key = await self.dependencies.keys.key_of(fact.author_id)
        except Erased:
            return  # nobody can read the text any more, so there is nothing to decide
        log, keys = self.dependencies.log, self.dependencies.keys
        content, submission = decrypt(key, fact.content, event.entity_id), await submission_of(log, event)
        answered = await answered_text(log, keys, submission.parent_id, content.body)
        request = ScoringRequest.of(content, key, submission.community, fact.author_id, answered=answered)
        assessment, decision = await self._assess(request, submission.parent_id or "", event)
        decided = PostDecided(
            author_id=fact.author_id,
            community=submission.community,
            revision=fact.revision,
            judged_sequence=event.sequence,
            took_ms=_milliseconds_since(started),
            outcome=decision.outcome,
            reasons=decision.reasons,
            policy=decision.policy,
            engine=assessment.engine,
            model=assessment.model,
            scores=assessment.rounded(),
            failure_mode=decision.failure_mode,
            failure_reason=assessment.failure,
            usage=assessment.usage,
            appeal_until=decision.appeal_until,
            reading=assessment.reading,
            **assessment.unjudged_fields(),
        )
        crash_point("before_decision")
        await self._append_unless_obsolete(decided, event)

    async def check_draft(self, draft: CheckDraft) -> DraftDecision:
        """Return the decision that a submission of this text would get, without appending it."""
        started = perf_counter()
        content = Content(title=draft.title, body=draft.body)
        try:
            key = await self.dependencies.keys.key_of(draft.person_id)
        except Erased:
            return DraftDecision(error="This account was erased.")
        answered = await answered_text(self.dependencies.log, self.dependencies.keys, draft.parent_id, content.body)
        request = ScoringRequest.of(content, key, draft.community, draft.person_id, answered=answered, dry_run=True)
        try:
            async with asyncio.timeout(DRAFT_TIMEOUT_S):
                assessment, decision = await self._assess(request, draft.parent_id or "", None)
        except TimeoutError:  # the engines continue, and a submission of the same text gets their result
            return DraftDecision(error="The check is taking too long. You can submit without it.")
        if assessment.failure and BUSY in assessment.failure:
            return DraftDecision(error="Too many checks are running. You can submit without one.")
        return DraftDecision(
            outcome=decision.outcome,
            reasons=reasons_for_author(decision.reasons),
            policy_digest=decision.policy.digest,
            policy_version=decision.policy.version,
            engine=assessment.engine,
            model=assessment.model,
            took_ms=_milliseconds_since(started),
            failure_mode=decision.failure_mode,
            reading=assessment.reading,
            **assessment.unjudged_fields(),
        )

    async def resolve_case(self, case: ResolveCase) -> CaseResolved:
        """Append a moderator's decision on the revision that they saw."""
        log = self.dependencies.log
        end = await log.end_of("post", case.post_id)
        last = end.last
        if last is not None and is_same_decision(last, case):
            return CaseResolved(sequence=last.sequence)  # the reply to the first request got lost
        submission = await log.last_by_subject(PostSubmitted.subject(case.post_id))
        if last is None or submission is None or not isinstance(submission.data, PostSubmitted):
            return CaseResolved(conflict="not_found")
        if refused := await refusal(self.dependencies.broker, log, case.moderator_id, submission.data):
            return CaseResolved(conflict=refused)
        moved_on = case.seen is not None and case.seen != last.sequence
        text = await text_under_review(log, case, submission, last)
        if moved_on or text is None or isinstance(last.data, PostWithdrawn):
            return CaseResolved(conflict="revision_conflict")
        fact = PostDecided(
            author_id=submission.data.author_id,
            community=submission.data.community,
            revision=case.revision,
            judged_sequence=text.sequence,
            outcome=case.outcome,
            reasons=(Reason(rule="person", category="review", message=case.reason),),
            policy=self.policies.reference,
            engine="person",
            model="",
            decided_by="person",
        )
        event = record(
            fact, case.post_id, actor=f"user:{case.moderator_id}", at=datetime.now(UTC),
            cause=last, traceparent=traceparent(),
        )  # fmt: skip
        try:
            appended = await log.append(event, after=end.sequence)
        except ConcurrencyConflict:
            return CaseResolved(conflict="revision_conflict")
        return CaseResolved(sequence=appended.sequence)

    async def health(self) -> Health:
        """Report ready when the durable exists and a trusted policy is loaded, with the number of waiting texts."""
        state, lag = await durable_health(self.dependencies.broker, DECIDE_POST, self.progress)
        policy = self.policies.policy
        audit = self.auditor.state if self.auditor else "ok"
        intact = not self.auditor or (self.auditor.compared.is_set() and not self.auditor.damage)
        parts = {"durable": state, "policy": self.policies.problem or "ok", "audit": audit}
        parts |= {"keys": self.dependencies.keys.state, "posts": self.undecided.state if self.undecided else "ok"}
        parts["spam"] = self.dependencies.spam.state if self.dependencies.spam else "ok"
        configured = True
        if policy:
            parts |= self.dependencies.engine.parts(policy)
            # A provider that is away does not make the service unready: the policy's failure mode decides meanwhile.
            # One that cannot work until the operator acts does, because nobody would look otherwise.
            configured = not self.dependencies.engine.misconfiguration(policy)
        # After the engine's word on the thresholds, which are right for a file that is not there, too.
        if self.dependencies.model.digest == VECTORS:
            parts["model"] = "its file is missing or damaged, so every text is held: install the program again"
        ready = state == "ok" and policy is not None and intact and configured
        return Health(ready=ready, parts=parts, lag=lag, passes=self.dependencies.model.passes)

    async def _append_unless_obsolete(self, decided: PostDecided, judged: Event) -> None:
        now, after, appended = datetime.now(UTC), judged.sequence, False
        while not appended:
            event = record(decided, judged.entity_id, actor=ACTOR, at=now, cause=judged, traceparent=traceparent())
            try:
                await self.dependencies.log.append(event, after=after)
                appended = True
            except ConcurrencyConflict as conflict:
                if conflict.last is None or await is_obsolete(self.dependencies.log, judged):
                    return
                after = conflict.sequence
        waited = max(0.0, (now - judged.occurred_at).total_seconds())
        metrics = self.dependencies.metrics
        metrics.observe(DECISION_LATENCY, waited, {"outcome": decided.outcome, "engine": decided.engine})
        if decided.unjudged:
            metrics.count(UNJUDGED_POSTS, {"language": decided.unjudged_languages[0]})

    async def _assess(self, request: ScoringRequest, parent: str, event: Event | None) -> tuple[Assessment, Decision]:
        policy = self.policies.policy  # the same from prompt to decision, even if another is activated meanwhile
        if policy is None:
            missing = Assessment(CheckFailed("no policy"), engine="none", model="", failure=self.policies.problem)
            return with_reading(missing, request), hold_without_policy(self.policies.reference)
        assessment = with_reading(await self.dependencies.engine.assess(request, policy), request)
        hits, too_dense = await self.dependencies.rules.found(policy, request.content.text, request.person_id)
        history = self.dependencies.spam if policy.spam_signals else None
        facts = Facts(
            hits,
            judged_at=datetime.now(UTC),
            engine_failed=assessment.failure is not None,
            too_dense=too_dense,
            unknown_categories=assessment.unknown_categories,
            marks=assessment.marks,
            reading=assessment.reading,
            unjudged=assessment.unjudged_part,
            spam=await history.facts_of(request.content, request.person_id, event, parent) if history else None,
        )
        return assessment, decide(policy, assessment.scores, facts)


def _milliseconds_since(started: float) -> float:
    """Return the milliseconds since a reading of perf_counter."""
    return round(1000 * (perf_counter() - started), 2)
