"""Small drawings to publish and to refuse."""

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:rs="urn:rasoat:1"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="definitions" targetNamespace="urn:rasoat:procedures">
"""
SHAPES = """
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="KEY">
    <bpmndi:BPMNShape id="start_shape" bpmnElement="start">
      <dc:Bounds x="160" y="160" width="36" height="36" />
    </bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="approve_shape" bpmnElement="approve">
      <dc:Bounds x="260" y="138" width="100" height="80" />
    </bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="end_shape" bpmnElement="end">
      <dc:Bounds x="430" y="160" width="36" height="36" />
    </bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="to_approve_edge" bpmnElement="to_approve">
      <di:waypoint x="196" y="178" /><di:waypoint x="260" y="178" />
    </bpmndi:BPMNEdge>
    <bpmndi:BPMNEdge id="to_end_edge" bpmnElement="to_end">
      <di:waypoint x="360" y="178" /><di:waypoint x="430" y="178" />
    </bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"""


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
  </bpmn:process>{SHAPES.replace("KEY", key)}
</bpmn:definitions>
"""


UNREACHED = '\n    <bpmn:userTask id="lost" name="Lạc" rs:assignee="role(&#39;head&#39;)" />'
BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&b;</definitions>"""
