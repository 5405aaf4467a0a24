// The form beside the canvas: what a step, call, flow or timer means to Rasoat, in the users' words.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';
import { choicesOf, fillChoices } from './choices.js';
import { say } from './language.js';
import { attachTables, extensions, tableShape } from './tables.js';
import { CATCHING } from './vocabulary.js';
import { wordChoices } from './words.js';

const own = (subject) => subject;
const loopOf = (subject) => (is(subject.loopCharacteristics, 'bpmn:MultiInstanceLoopCharacteristics') ? subject.loopCharacteristics : null);
const timerOf = (subject) => subject.eventDefinitions?.find((definition) => is(definition, 'bpmn:TimerEventDefinition'));
const timerKind = (timer) => ['timeDate', 'timeCycle', 'timeDuration'].find((kind) => timer.get(kind)) ?? 'timeDuration';
const forks = (flow) => ['bpmn:ExclusiveGateway', 'bpmn:InclusiveGateway', 'bpmn:ComplexGateway'].some((type) => is(flow.sourceRef, type));

const outcomeKeys = (subject) => [['', say('none')], ...extensions(subject, 'rs:Outcome').map((outcome) => [outcome.get('key'), outcome.get('label') || outcome.get('key')])];

// One row per input, in reading order. `of` finds the moddle element that carries the property; none found, no input.
const INPUTS = [
  { type: 'bpmn:BaseElement', label: 'name', property: 'name', of: (subject) => ('name' in subject.$descriptor.propertiesByName ? subject : null) },
  { type: 'bpmn:BaseElement', label: 'nameEn', property: 'rs:nameEn', of: own },
  { type: 'bpmn:Process', label: 'canRun', property: 'isExecutable', of: own, flag: true },
  { type: 'bpmn:Process', label: 'subject', property: 'rs:subject', of: own, choices: choicesOf('subject') },
  { type: 'bpmn:Process', label: 'takes', property: 'rs:takes', of: own, code: true },
  { type: 'bpmn:UserTask', group: 'who', label: 'assignee', property: 'rs:assignee', of: own, code: true, words: 'person' },
  { type: 'bpmn:UserTask', group: 'who', label: 'accountable', property: 'rs:accountable', of: own, code: true, words: 'accountable' },
  { type: 'bpmn:UserTask', group: 'who', label: 'review', property: 'rs:review', of: own, choices: choicesOf('review') },
  { type: 'bpmn:UserTask', group: 'outcomes', label: 'bulk', property: 'rs:bulk', of: own, choices: outcomeKeys },
  { type: 'bpmn:UserTask', group: 'time', label: 'due', property: 'rs:due', of: own, code: true, words: 'due' },
  { type: 'bpmn:UserTask', group: 'signing', label: 'signature', property: 'rs:signature', of: own, checked: 'required' },
  { type: 'bpmn:UserTask', group: 'signing', label: 'minutes', property: 'rs:minutes', of: own, code: true, words: 'minutes' },
  { type: 'bpmn:CallActivity', label: 'called', property: 'calledElement', of: own, code: true, words: 'called' },
  { type: 'bpmn:CallActivity', label: 'pass', property: 'rs:pass', of: own, code: true },
  { type: 'bpmn:CallActivity', label: 'returns', property: 'rs:returns', of: own, code: true },
  { type: 'bpmn:CallActivity', label: 'output', property: 'rs:output', of: own, code: true },
  { type: 'bpmn:BusinessRuleTask', label: 'decision', property: 'rs:decision', of: own },
  { type: 'bpmn:BusinessRuleTask', label: 'output', property: 'rs:output', of: own },
  { type: 'bpmn:Activity', label: 'collection', property: 'rs:collection', of: loopOf, code: true, words: 'list' },
  { type: 'bpmn:Activity', label: 'completion', property: 'completionCondition', of: loopOf, expression: true },
  { type: 'bpmn:SequenceFlow', label: 'condition', property: 'conditionExpression', of: (flow) => (forks(flow) ? flow : null), expression: true, words: 'condition' },
  { type: 'bpmn:Event', label: 'timer', property: timerKind, of: timerOf, expression: true, words: 'timer' },
  ...CATCHING.map((type) => ({ type: `bpmn:${type}`, label: 'takes', property: 'rs:takes', of: own, code: true })),
  ...[...CATCHING, 'IntermediateThrowEvent', 'SendTask', 'EndEvent'].map((type) => (
    { type: `bpmn:${type}`, label: 'correlation', property: 'rs:correlation', of: own, code: true }
  )),
  { type: 'bpmn:EndEvent', label: 'result', property: 'rs:result', of: own, code: true, words: 'result' },
];

// Shown but not edited here: what stands in the diagram below a user task.
const LISTS = [
  { group: 'guidance', read: (subject) => extensions(subject, 'rs:Guidance').map((guidance) => guidance.get('text') || guidance.get('href')) },
];
const GROUPS = ['who', 'formFields', 'outcomes', 'time', 'signing', 'guidance'];

const fitting = (subject) => INPUTS.filter((spec) => is(subject, spec.type) && spec.of(subject));
const linesOf = (subject, group) => LISTS.filter((list) => list.group === group).flatMap((list) => list.read(subject));

/** What decides which inputs and lists there are; while it stays the same, only values are refreshed and the focus stays. */
const shapeOf = (subject) => JSON.stringify([subject.id, fitting(subject).map((spec) => spec.label), GROUPS.map((group) => [linesOf(subject, group), tableShape(subject, group)])]);

/** A pool stands for its process; so does the empty canvas around a single pool. */
function subjectOf(element) {
  const subject = getBusinessObject(element);
  const pools = is(subject, 'bpmn:Collaboration') ? subject.participants ?? [] : is(subject, 'bpmn:Participant') ? [subject] : [];
  return (pools.length === 1 && pools[0].processRef) || subject;
}

function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Keep `box` showing the selected element of `modeler`; edits become undoable commands. `procedures`: key -> name of what may be called. */
export function attachProperties(modeler, box, procedures) {
  const modeling = modeler.get('modeling');
  const tables = attachTables(modeler);
  let shown = '';
  let refreshers = [];
  // Keys and expressions are for the few who write them; everybody else reads words.
  const advanced = make('button', 'btn btn-link btn-sm studio-more', say('advanced'));
  advanced.type = 'button';
  advanced.setAttribute('aria-pressed', 'false');
  advanced.addEventListener('click', () => {
    advanced.setAttribute('aria-pressed', String(box.classList.toggle('studio-advanced')));
  });

  function write(element, holder, property, value) {
    if (holder === getBusinessObject(element)) modeling.updateProperties(element, { [property]: value });
    else modeling.updateModdleProperties(element, holder, { [property]: value });
  }

  function writeExpression(element, holder, property, body) {
    const old = holder.get(property);
    if (old && body) modeling.updateModdleProperties(element, old, { body });
    else write(element, holder, property, body ? modeler.get('moddle').create('bpmn:FormalExpression', { body }) : undefined);
  }

  function reader(spec, holder, property) {
    if (spec.flag) return () => holder.get(property) !== false;
    return () => (spec.expression ? holder.get(property)?.body : holder.get(property)) ?? '';
  }

  function choicesFor(spec, element, current) {
    const subject = subjectOf(element);
    if (!spec.words) return spec.choices(subject);
    if (spec.words !== 'called') return wordChoices(spec.words, subject, current);
    return [['', say('none')], ...Object.entries(procedures)];
  }

  /** One input; `kind` is words (a choice), raw (the expression itself) or tick. */
  function inputFor(spec, element, holder, kind) {
    const property = typeof spec.property === 'function' ? spec.property(holder) : spec.property;
    const read = reader(spec, holder, property);
    const label = make('label', kind === 'tick' ? 'form-check' : 'studio-input');
    const [tag, className] = { tick: ['input', 'form-check-input'], words: ['select', 'form-select'], raw: ['textarea', 'form-control form-control-sm'] }[kind];
    const input = make(tag, className);
    if (kind === 'words') {
      label.append(say(spec.label), input);
      refreshers.push(() => fillChoices(input, choicesFor(spec, element, read()), read()));
    } else if (kind === 'tick') {
      input.type = 'checkbox';
      label.append(input, say(spec.label));
      refreshers.push(() => { input.checked = spec.flag ? read() : read() === spec.checked; });
    } else {
      const isCode = Boolean(spec.code || spec.expression);
      input.rows = 1;
      input.classList.toggle('font-monospace', isCode);
      input.spellcheck = !isCode;
      label.append(isCode ? say('expressionOf', { name: say(spec.label) }) : say(spec.label), input);
      label.toggleAttribute('data-advanced', isCode);
      refreshers.push(() => { if (input !== document.activeElement) input.value = read(); });
    }
    input.name = `studio-${spec.label}${kind === 'raw' && spec.words ? '-raw' : ''}`;
    input.addEventListener('change', () => {
      const value = spec.flag ? input.checked : (spec.checked ? input.checked && spec.checked : input.value.trim()) || undefined;
      if (spec.expression) writeExpression(element, holder, property, value);
      else write(element, holder, property, value);
    });
    return label;
  }

  const kindsOf = (spec) => {
    if (spec.checked || spec.flag) return ['tick'];
    if (spec.words) return ['words', 'raw'];
    return [spec.choices ? 'words' : 'raw'];
  };

  function inputsOf(element, subject, group) {
    return fitting(subject)
      .filter((spec) => spec.group === group)
      .flatMap((spec) => kindsOf(spec).map((kind) => inputFor(spec, element, spec.of(subject), kind)));
  }

  function listOf(subject, group) {
    const lines = linesOf(subject, group);
    if (!lines.length) return [];
    const list = make('ul', 'studio-list');
    list.append(...lines.map((line) => make('li', '', line)));
    return [list];
  }

  function groupOf(element, subject, group) {
    const parts = [...tables(element, subject, group, refreshers), ...inputsOf(element, subject, group), ...listOf(subject, group)];
    const fieldset = make('fieldset', 'studio-group');
    fieldset.append(make('legend', '', say(group)), ...(parts.length ? parts : [make('p', 'text-body-secondary', say('none'))]));
    return fieldset;
  }

  function show(element) {
    const subject = subjectOf(element);
    shown = shapeOf(subject);
    refreshers = [];
    const head = make('p', 'studio-id', `${say('id')}: `);
    head.append(make('code', '', subject.id));
    head.toggleAttribute('data-advanced', true);
    const groups = is(subject, 'bpmn:UserTask') ? GROUPS.map((group) => groupOf(element, subject, group)) : [];
    const had = box.contains(document.activeElement) && document.activeElement.name;
    box.replaceChildren(advanced, head, ...inputsOf(element, subject, undefined), ...groups);
    refresh();
    if (had) box.querySelector(`[name="${had}"]`)?.focus(); // The form changed below the keyboard of somebody who types.
  }

  const refresh = () => refreshers.forEach((one) => one());
  const selected = () => {
    const [first] = modeler.get('selection').get();
    return first?.labelTarget ?? first ?? modeler.get('canvas').getRootElement();
  };
  const follow = () => {
    const element = selected();
    if (!element || element.isImplicit) box.replaceChildren();
    else if (shown !== shapeOf(subjectOf(element))) show(element);
    else refresh();
  };

  modeler.on('selection.changed', follow);
  modeler.on('import.done', () => {
    shown = ''; // A new drawing may have the same ids.
    follow();
  });
  modeler.on('root.set', follow);
  modeler.on('elements.changed', follow); // Edits on the canvas, undo and redo.
}
