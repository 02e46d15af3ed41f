"""The page that an operator looks at."""

import json

from render import REGION

from .claims import check, properties
from .metrics import exists

# In the order in which they are asked.
QUESTIONS = [
    "Is something wrong?",
    "Do we accept deliveries?",
    "Fast enough? (ms)",
    "Do they reach the ledger?",
    "The archive?",
    "The consumers?",
    "Is anything stuck? (dead letters)",
    "How long do they wait? (s)",
    "From arrival to effect (ms)",
    "Who is refused, and why?",
    "Who sends?",
    "Do the functions fail?",
    "How many run at once?",
    "Does the ledger keep up?",
]


@check
def the_dashboard_answers_in_the_order_in_which_an_operator_asks(stack):
    dashboard = properties(stack, "Dashboard.Dashboard")
    assert dashboard["DashboardName"] == f"{stack.name}-{REGION}"
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    assert [widget["properties"]["title"] for widget in widgets] == QUESTIONS
    places = [(widget["y"], widget["x"]) for widget in widgets]
    assert places == sorted(set(places))
    taken = [(x, y) for each in widgets for x in range(each["x"], each["x"] + each["width"]) for y in range(each["y"], each["y"] + each["height"])]
    assert len(taken) == len(set(taken)) and max(x for x, _ in taken) == 23
    alarms = stack.nested["Alarms"]
    assert widgets[0]["properties"]["alarms"] == [alarms.arn("Critical"), alarms.arn("Warning")]


@check
def all_that_the_dashboard_shows_exists(stack):
    shown = 0
    for widget in json.loads(properties(stack, "Dashboard.Dashboard")["DashboardBody"])["widgets"]:
        for metric in widget["properties"].get("metrics", []):
            words = [word for word in metric if isinstance(word, str)]
            options = next((word for word in metric if isinstance(word, dict)), {})
            if not words:
                assert f'stack="{stack.name}"' in options["expression"], options
                continue
            assert "stat" in options or "stat" in widget["properties"], words
            exists(stack, words[0], words[1], dict(zip(words[2::2], words[3::2])))
            shown += 1
    assert shown >= 40
