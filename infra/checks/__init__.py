"""What must hold of a rendered stack: one function a claim, each an AssertionError when it is broken.

These are the properties that a local deployment cannot show, because the emulator ignores or does not enforce them,
and the arithmetic between resources that no linter knows. `test_template.py` runs them on every environment and breaks
the stack on purpose to see that they bite.
"""

from . import acl, alarms, dashboard, edge, functions, network, permissions, state
from .claims import CHECKS, of

__all__ = ["CHECKS", "of", "acl", "alarms", "dashboard", "edge", "functions", "network", "permissions", "state"]
