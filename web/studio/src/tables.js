// Fields, outcomes and rungs of a user task: a small form for each, every change an undoable command of the canvas.
import { is } from 'bpmn-js/lib/util/ModelUtil';
import { choicesOf, fillChoices } from './choices.js';
import { say } from './language.js';
import { rungChoices, rungWords } from './words.js';

/** Children of extensionElements of one of our types, e.g. all rs:Outcome. */
export const extensions = (subject, type) => subject.extensionElements?.get('values').filter((value) => is(value, type)) ?? [];

const offersOptions = (field) => ['select', 'radio'].includes(field.get('type')) || field.get('options').length > 0;
const isDate = (field) => field.get('type') === 'date';
const nameOf = (row) => row.get('label') || row.get('key') || rungWords(row.get('after') ?? '') || row.get('after') || '';

// `holder` and `list`: the element around the rows, when they do not stand in extensionElements themselves.
const TABLES = [
  {
    group: 'formFields', type: 'rs:Field', holder: 'rs:Form', list: 'fields', add: 'addField', focus: 'label',
    fresh: (rows) => ({ key: freeKey(rows, 'field'), type: 'text' }),
    columns: [
      { property: 'key', code: true },
      { property: 'type', choices: choicesOf('type'), otherwise: 'text' },
      { property: 'label' },
      { property: 'labelEn' },
      { property: 'required', checked: 'true' },
      { property: 'options', lines: true, when: offersOptions },
      { property: 'earliest', code: true, when: isDate },
      { property: 'latest', code: true, when: isDate },
    ],
  },
  {
    group: 'outcomes', type: 'rs:Outcome', add: 'addOutcome', focus: 'label',
    fresh: (rows) => ({ key: freeKey(rows, 'outcome'), style: rows.length ? 'neutral' : 'primary' }),
    columns: [
      { property: 'key', code: true },
      { property: 'style', choices: choicesOf('style'), otherwise: 'primary' },
      { property: 'label' },
      { property: 'labelEn' },
      { property: 'reason', choices: choicesOf('reason'), otherwise: 'none' },
      { property: 'of', choices: choicesOf('of') },
    ],
  },
  {
    group: 'time', type: 'rs:Rung', holder: 'rs:Escalation', list: 'rungs', add: 'addRung', focus: 'after', title: 'ladder',
    fresh: () => ({ after: '1d', to: 'head', kind: 'escalate' }),
    columns: [
      { property: 'after', choices: rungChoices, otherwise: '0' },
      { property: 'after', code: true },
      { property: 'to', choices: choicesOf('to') },
      { property: 'kind', choices: choicesOf('kind'), otherwise: 'remind' },
    ],
  },
];

function freeKey(rows, stem) {
  const taken = new Set(rows.map((row) => row.get('key')));
  let number = rows.length + 1;
  while (taken.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

const rowsOf = (subject, { type, holder, list }) =>
  holder ? extensions(subject, holder).flatMap((one) => one.get(list)) : extensions(subject, type);

const numbers = new WeakMap();
let last = 0;
function numberOf(row) {
  if (!numbers.has(row)) numbers.set(row, last += 1);
  return numbers.get(row);
}

/** What decides which rows and inputs a group shows; values do not. */
export const tableShape = (subject, group) =>
  TABLES.filter((table) => table.group === group).map((table) =>
    rowsOf(subject, table).map((row) => [numberOf(row), table.columns.map((column) => !column.when || column.when(row))]));

const linesOf = (options) => options.map((option) => {
  const english = option.get('labelEn');
  return `${option.get('key')} = ${option.get('label') ?? ''}${english ? ` | ${english}` : ''}`;
}).join('\n');

function parseLine(line) {
  const [, key, rest] = /^([^=]*)=?(.*)$/.exec(line);
  const [label, labelEn] = rest.split('|').map((part) => part.trim());
  return { key: key.trim(), label: label || key.trim(), labelEn: labelEn || undefined };
}

function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(text, act) {
  const made = make('button', 'btn btn-outline-secondary btn-sm', text);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
}

/** Gives a function that builds the tables of a group; `refreshers` gets what brings their inputs up to date. */
export function attachTables(modeler) {
  const modeling = modeler.get('modeling');
  const moddle = modeler.get('moddle');

  const change = (element, holder, properties) => modeling.updateModdleProperties(element, holder, properties);

  function create(type, properties, parent) {
    const made = moddle.create(type, properties);
    made.$parent = parent;
    return made;
  }

  /** Put `values` below the task; without any, extensionElements goes too. */
  function writeExtensions(element, subject, values) {
    const present = subject.extensionElements;
    if (present && values.length) change(element, present, { values });
    else if (present) change(element, subject, { extensionElements: undefined });
    else {
      const made = create('bpmn:ExtensionElements', { values }, subject);
      values.forEach((value) => { value.$parent = made; });
      change(element, subject, { extensionElements: made });
    }
  }

  /** Replace the rows of a table where they stand; new ones come behind the last of their kind. */
  function writeRows(element, subject, table, rows) {
    const values = subject.extensionElements?.get('values') ?? [];
    const [holder] = table.holder ? extensions(subject, table.holder) : [];
    if (holder && rows.length) {
      rows.forEach((row) => { row.$parent = holder; });
      change(element, holder, { [table.list]: rows });
      return;
    }
    let own = rows;
    if (table.holder && rows.length) {
      const made = create(table.holder, { [table.list]: rows }, subject.extensionElements);
      rows.forEach((row) => { row.$parent = made; });
      own = [made];
    } else if (!table.holder) own.forEach((row) => { row.$parent = subject.extensionElements; });
    const type = table.holder ?? table.type;
    const first = values.findIndex((value) => is(value, type));
    const others = values.filter((value) => !is(value, type));
    others.splice(first < 0 ? others.length : first, 0, ...own);
    writeExtensions(element, subject, others);
  }

  function inputFor(column, element, row, name, refreshers) {
    const { property } = column;
    const input = make(column.checked ? 'input' : column.choices ? 'select' : 'textarea',
      column.checked ? 'form-check-input' : column.choices ? 'form-select' : 'form-control form-control-sm');
    const label = make('label', column.checked ? 'form-check' : `studio-input${column.lines ? ' studio-whole' : ''}`);
    const read = () => (column.lines ? linesOf(row.get(property)) : row.get(property)) ?? column.otherwise ?? '';
    input.name = column.code && column.property === 'after' ? `${name}-raw` : name;
    label.toggleAttribute('data-advanced', Boolean(column.code));
    if (column.checked) {
      input.type = 'checkbox';
      label.append(input, say(property));
      refreshers.push(() => { input.checked = read() === column.checked; });
    } else {
      label.append(column.code && property === 'after' ? say('expressionOf', { name: say(property) }) : say(property), input);
      if (column.choices) refreshers.push(() => fillChoices(input, column.choices(read()), read()));
      else {
        input.rows = 1;
        input.classList.toggle('font-monospace', Boolean(column.code));
        input.spellcheck = !column.code;
        refreshers.push(() => { if (input !== document.activeElement) input.value = read(); });
      }
    }
    input.addEventListener('change', () => {
      const text = column.checked ? (input.checked ? column.checked : '') : input.value.trim();
      const value = column.lines
        ? text.split('\n').filter((line) => line.trim()).map((line) => create('rs:Option', parseLine(line), row))
        : text || undefined;
      change(element, row, { [property]: value });
    });
    return label;
  }

  function rowFor(table, element, subject, row, position, refreshers) {
    const rows = rowsOf(subject, table);
    const box = make('div', 'studio-row');
    box.setAttribute('role', 'group');
    const columns = table.columns.filter((column) => !column.when || column.when(row));
    box.append(...columns.map((column) => inputFor(column, element, row, `studio-${table.add}-${position}-${column.property}`, refreshers)));
    const acts = make('div', 'studio-acts');
    const order = [...rows];
    if (position) order.splice(position - 1, 2, row, rows[position - 1]);
    const earlier = button('↑', () => writeRows(element, subject, table, order));
    const remove = button('✕', () => writeRows(element, subject, table, rows.filter((one) => one !== row)));
    if (position) acts.append(earlier);
    acts.append(remove);
    box.append(acts);
    refreshers.push(() => {
      const name = nameOf(row);
      const call = (one, text) => one.setAttribute('aria-label', text);
      call(box, name);
      call(earlier, say('earlier', { name }));
      call(remove, say('remove', { name }));
    });
    return box;
  }

  function tableFor(table, element, subject, refreshers) {
    const rows = rowsOf(subject, table);
    const box = make('div', 'studio-table');
    if (table.title) box.append(make('p', 'studio-title', say(table.title)));
    box.append(...rows.map((row, position) => rowFor(table, element, subject, row, position, refreshers)));
    box.append(button(`+ ${say(table.add)}`, () => {
      const panel = box.parentElement.parentElement; // Afterwards this box is no longer in it.
      writeRows(element, subject, table, [...rows, create(table.type, table.fresh(rows))]);
      panel.querySelector(`[name="studio-${table.add}-${rows.length}-${table.focus}"]`)?.focus();
    }));
    return box;
  }

  return (element, subject, group, refreshers) =>
    TABLES.filter((table) => table.group === group).map((table) => tableFor(table, element, subject, refreshers));
}
