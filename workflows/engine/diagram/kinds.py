"""What people call the kinds of elements and events."""

from workflows.engine.language.reasons import N_

# A kind that is not here goes by its name in BPMN.
KINDS = {
    "businessRuleTask": N_("business rule task"),
    "serviceTask": N_("service task"),
    "sendTask": N_("send task"),
    "receiveTask": N_("receive task"),
    "callActivity": N_("call activity"),
    "callChoreography": N_("choreography"),
    "choreographyTask": N_("choreography"),
    "subChoreography": N_("choreography"),
    "adHocSubProcess": N_("ad-hoc sub-process"),
    "transaction": N_("transaction"),
    "complexGateway": N_("complex gateway"),
    "implicitThrowEvent": N_("implicit throw event"),
    "event": N_("event"),
    "none": N_("without a definition"),
    "timer": N_("timer"),
    "message": N_("message"),
    "signal": N_("signal"),
    "error": N_("error"),
    "escalation": N_("escalation"),
    "conditional": N_("condition"),
    "link": N_("link"),
    "cancel": N_("cancel"),
    "terminate": N_("terminate"),
    "compensate": N_("compensation"),
}
