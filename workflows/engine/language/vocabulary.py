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
# `initiator`: the person who started the run, None where the product itself did.
ALWAYS_DECLARED = frozenset({"outcome", "returned", "initiator"})
# Set by the engine or by completing a step, so a form field or a script must not take these keys.
RESERVED = VALUES | COUNTERS | ALWAYS_DECLARED

# In `rs:pass`: every variable there is, also those that the drawing itself does not know.
ALL = "*"

# Who a lane or a group of another tool is, by the names people give positions; folded to small letters.
HOLDERS = {
    "head": ("role('head')", "principal", "headteacher", "head teacher", "hiệu trưởng", "thủ trưởng"),
    "deputy_head": ("role('deputy_head')", "deputy head", "vice principal", "phó hiệu trưởng", "cấp phó"),
    "officer": ("role('officer')", "cán bộ", "cán bộ phụ trách", "chuyên viên"),
    "teacher": ("role('teacher')", "teachers", "giáo viên"),
    "employee": ("role('employee')", "employees", "nhân viên"),
    "administrator": ("role('administrator')", "quản trị", "quản trị viên"),
    "homeroom_teacher": ("homeroom_teacher()", "homeroom teacher", "giáo viên chủ nhiệm"),
    "subject_teacher": ("subject_teacher()", "subject teacher", "giáo viên bộ môn"),
    "staff_member": ("person()", "người được rà soát"),
    "superior_officer": ("role('officer', superior())", "cán bộ cấp trên"),
}
