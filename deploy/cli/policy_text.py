"""The output of `ottit policy show` and `ottit policy diff`."""

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.policy.policy_admin import SHORT_DIGEST
from shared.log.events import Event
from shared.policy import Policy

# The longest name of a category.
_WIDTH = 23


def summary(policy: Policy) -> str:
    """Summarize a policy."""
    public = sum(rule.public for rule in policy.rules)
    cases = policy.cases
    tried = sum(map(len, cases.fires.values())) + len(cases.passes) + len(cases.decides) + len(cases.steers)
    lines = [
        f"{policy.name} version {policy.version}, {policy.digest}",
        f"  {len(policy.rules)} rules, {public} of them public; {tried} test cases; normalizer {policy.normalizer}",
    ]
    for category in policy.categories:
        reject = "never" if category.reject is None else f"from {category.reject:g}"
        spare = f", else {category.on_failure}" if category.engine != "local" else ""
        if category.reject_any_harm is not None:
            reject += f" if any harm is from {category.reject_any_harm:g}"
        support = f"help from {category.support:g}, " if category.support is not None else ""
        people = ", people decide" if category.person_decides else ""
        lines.append(
            f"  {category.id:<{_WIDTH}} {support}held from {category.hold:g}, rejected {reject}{people}"
            f" ({category.engine}{spare})"
        )
    if policy.overall:
        lines.append(f"  {'any harm':<{_WIDTH}} held from {policy.overall.hold:g}")
    if policy.spam_signals:
        lines.append(f"  {len(policy.spam_signals)} signs of spam beside the words, {len(policy.helplines)} helplines")
    languages = policy.judged_languages
    judged = f"local {', '.join(languages.local)}; openai {', '.join(languages.openai)}"
    lines.append(f"  languages: {judged}; otherwise {languages.otherwise}")
    return "\n".join(lines)


def history_line(event: Event) -> str:
    """Format a fact about policies as a line."""
    version, digest = getattr(event.data, "version", 0), str(getattr(event.data, "digest", ""))
    what = event.type.removeprefix("policy.")
    signed = ", with a note" if getattr(event.data, "note", "") else ""
    return (
        f"  {event.occurred_at:%Y-%m-%d %H:%M}  {what:<9} {event.entity_id} {version}  {digest[:SHORT_DIGEST]}{signed}"
    )


def differences(old: Policy, new: Policy) -> list[str]:
    """Return one line for each value that differs: `-` old, `+` new."""
    before, after = _flat(_named(old)), _flat(_named(new))
    lines = []
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            lines += [f"- {key}: {before[key]}"] if key in before else []
            lines += [f"+ {key}: {after[key]}"] if key in after else []
    return lines


def _named(policy: Policy) -> dict[str, Any]:
    """Return the policy with rules and categories by id, so that a changed order is no difference."""
    content = policy.model_dump(mode="json")
    for part in ("rules", "categories"):
        content[part] = {entry["id"]: entry for entry in content[part]}
    return content


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    return dict(_walk(content, prefix))


def _walk(content: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _walk(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
