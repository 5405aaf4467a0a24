"""Small drawings to publish and to refuse."""

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:rs="urn:rasoat:1"
    id="definitions" targetNamespace="urn:rasoat:procedures">
"""


def drawing(
    key: str = "small_review", *, step: str = "Duyệt", due: str = "workdays(3)", extra: str = ""
) -> str:
    """Draw start, one step of the head, end; `extra` is put beside them."""
    return f"""{HEAD}  <bpmn:process id="{key}" name="Rà soát nhỏ" rs:nameEn="Small review" isExecutable="true">
    <bpmn:startEvent id="start"><bpmn:outgoing>to_approve</bpmn:outgoing></bpmn:startEvent>
    <bpmn:sequenceFlow id="to_approve" sourceRef="start" targetRef="approve" />
    <bpmn:userTask id="approve" name="{step}" rs:assignee="role('head')" rs:due="{due}" />
    <bpmn:sequenceFlow id="to_end" sourceRef="approve" targetRef="end" />
    <bpmn:endEvent id="end" />{extra}
  </bpmn:process>
</bpmn:definitions>
"""


UNREACHED = '\n    <bpmn:userTask id="lost" name="Lạc" rs:assignee="role(&#39;head&#39;)" />'
BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>"""
