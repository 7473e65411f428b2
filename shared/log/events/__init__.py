"""The facts of the log: `from shared.log.events import PostSubmitted, decode, record`.

The public names of these modules are the package's, so that a new fact needs no line here.
"""

from shared.log.events.envelope import *  # noqa: F403
from shared.log.events.facts import *  # noqa: F403
from shared.log.events.field_types import *  # noqa: F403
from shared.log.events.repeats import *  # noqa: F403
from shared.log.events.user_facts import *  # noqa: F403
