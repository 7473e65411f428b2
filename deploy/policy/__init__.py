"""The operator's side of policies: the signing key, the gate of test cases, drafting, activating, going back."""
