"""The names a diagram may use: namespaces, and the values and functions expressions find."""

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
RS = "urn:rasoat:1"

VALUES = frozenset({"unit", "subject", "campaign"})
FUNCTIONS = frozenset(
    {
        "role",
        "head",
        "superior",
        "homeroom_teacher",
        "subject_teacher",
        "person",
        "staff",
        "classes",
        "assignments",
        "schools",
        "workdays",
        "workhours",
        "deadline",
        "instant",
        "now",
    }
)
COUNTERS = frozenset({"nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances"})
ALWAYS_DECLARED = frozenset({"outcome", "returned"})
# Set by the engine or by completing a step, so a form field or a script must not take these keys.
RESERVED = VALUES | COUNTERS | ALWAYS_DECLARED
