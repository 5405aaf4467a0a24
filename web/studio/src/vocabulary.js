// Our own attributes and elements in a diagram, namespace urn:rasoat:1, so that reading and writing a file keeps them.
// Every value is a String: "true", "1" and expressions come out of the editor exactly as they went in.

const attributes = (...names) => names.map((name) => ({ name, isAttr: true, type: 'String' }));
const many = (name, type) => ({ name, type, isMany: true });
const addTo = (type, name, ...names) => ({ name, extends: [`bpmn:${type}`], properties: attributes(...names) });
// BPMN lets a loop point at a data object; our diagrams name a variable there, which the editor would drop as a dead reference.
const variable = (name) => ({ name: `bpmn:${name}`, type: 'String', redefines: `bpmn:MultiInstanceLoopCharacteristics#${name}` });
const element = (name, properties) => ({ name, superClass: ['Element'], properties });

export const CATCHING = ['IntermediateCatchEvent', 'BoundaryEvent', 'ReceiveTask', 'StartEvent'];

export default {
  name: 'Rasoat',
  uri: 'urn:rasoat:1',
  prefix: 'rs',
  xml: { tagAlias: 'lowerCase' },
  types: [
    addTo('BaseElement', 'Named', 'nameEn'),
    addTo('Process', 'Opening', 'subject', 'takes', 'pass', 'opens'),
    addTo('UserTask', 'StepRules', 'assignee', 'accountable', 'due', 'review', 'minutes', 'signature', 'bulk'),
    addTo('CallActivity', 'CallRules', 'pass', 'returns', 'output'),
    addTo('BusinessRuleTask', 'DecisionRules', 'decision', 'output', 'map'),
    {
      name: 'GroupRules',
      extends: ['bpmn:MultiInstanceLoopCharacteristics'],
      properties: [...attributes('collection'), variable('loopDataInputRef'), variable('loopDataOutputRef')],
    },
    addTo('EndEvent', 'EndRules', 'result', 'correlation'),
    ...CATCHING.map((type) => addTo(type, `${type}Rules`, 'takes', 'correlation')),
    ...['IntermediateThrowEvent', 'SendTask'].map((type) => addTo(type, `${type}Rules`, 'correlation')),
    element('Form', [many('fields', 'Field')]),
    element('Field', [
      ...attributes('key', 'type', 'label', 'labelEn', 'required', 'help', 'helpEn', 'earliest', 'latest'),
      many('options', 'Option'),
    ]),
    element('Option', attributes('key', 'label', 'labelEn')),
    element('Outcome', attributes('key', 'label', 'labelEn', 'reason', 'of', 'style')),
    element('Escalation', [many('rungs', 'Rung')]),
    element('Rung', attributes('after', 'to', 'kind')),
    element('Guidance', attributes('text', 'textEn', 'href')),
  ],
};
