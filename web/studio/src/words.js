// Says the common expressions of a drawing in words and offers them as choices; what it does not know stays as it is.
// The functions are those of bpmn/README.md.
import { is } from 'bpmn-js/lib/util/ModelUtil';
import { language } from './language.js';

const pick = ([vi, en]) => (language === 'vi' ? vi : en);
const lengthOf = (texts, n) => {
  const said = fill(texts, { n });
  return language === 'en' && n === '1' ? said.replace(/s$/, '') : said;
};
const fill = (texts, values) => pick(texts).replace(/{(\w+)}/g, (whole, key) => values[key] ?? whole);

const PEOPLE = {
  'head()': ['Thủ trưởng đơn vị', 'Head of the unit'],
  "role('deputy_head')": ['Phó thủ trưởng', 'Deputy head'],
  "role('officer')": ['Cán bộ của đơn vị', 'Officer of the unit'],
  "role('teacher')": ['Giáo viên của đơn vị', 'Teacher of the unit'],
  "role('employee')": ['Nhân viên của đơn vị', 'Employee of the unit'],
  "role('administrator')": ['Người quản trị của đơn vị', 'Administrator of the unit'],
  'head(superior())': ['Thủ trưởng đơn vị cấp trên', 'Head of the superior unit'],
  "role('officer', superior())": ['Cán bộ đơn vị cấp trên', 'Officer of the superior unit'],
  'homeroom_teacher()': ['Giáo viên chủ nhiệm', 'Homeroom teacher'],
  'subject_teacher()': ['Giáo viên bộ môn', 'Subject teacher'],
  'person()': ['Người được rà soát', 'Person under review'],
};
const SAME = { "role('head')": 'head()', "role('head', superior())": 'head(superior())' };
const DEADLINES = {
  "deadline('staff')": ['Hạn rà soát nhân sự của đợt', "The campaign's deadline for staff"],
  "deadline('class')": ['Hạn rà soát lớp của đợt', "The campaign's deadline for classes"],
  "deadline('school')": ['Hạn của trường trong đợt', "The campaign's deadline for schools"],
  "deadline('report')": ['Hạn báo cáo của đợt', "The campaign's deadline for reports"],
};
const LISTS = {
  'staff()': ['Mỗi nhân sự chưa có kết quả', 'Each member of staff without an outcome'],
  'classes()': ['Mỗi lớp chưa có kết quả', 'Each class without an outcome'],
  'assignments()': ['Mỗi môn dạy ở lớp', 'Each subject taught in the class'],
  'schools()': ['Mỗi trường trong đợt', 'Each school of the campaign'],
};
const RESULTS = { "'done'": ['Hoàn thành', 'Done'], "'excused'": ['Được miễn', 'Excused'] };
const MINUTES = {
  person_confirmation: ['Bản xác nhận của một người', "A person's confirmation"],
  staff_handover: ['Biên bản bàn giao hồ sơ nhân sự', 'Handover of the staff records'],
  class_minutes: ['Biên bản rà soát lớp', 'Minutes of the class'],
  school_report: ['Báo cáo của trường', 'Report of the school'],
};
const LENGTHS = [
  [/^workdays\((\d+)\)$/, ['{n} ngày làm việc', '{n} working days']],
  [/^workhours\((\d+)\)$/, ['{n} giờ làm việc', '{n} working hours']],
  [/^P(\d+)D$/, ['{n} ngày', '{n} days']],
  [/^P(\d+)W$/, ['{n} tuần', '{n} weeks']],
  [/^PT(\d+)H$/, ['{n} giờ', '{n} hours']],
];
const TEXTS = {
  none: ['Không nêu', 'Not said'],
  nobody: ['Chưa chọn', 'Not chosen yet'],
  usual: ['3 ngày làm việc (mặc định)', '3 working days (as usual)'],
  chosen: ['Người chọn ở ô “{label}”', 'The person chosen in “{label}”'],
  variable: ['Người ghi trong biến {name}', 'The person in the variable {name}'],
  otherwise: ['{first}; chưa có thì {second}', '{first}; if there is none, {second}'],
  self: ['Chính người xử lý', 'The assignee'],
  atLeast: ['{first}, sớm nhất: {second}', '{first}, at the earliest: {second}'],
  atMost: ['{first}, chậm nhất: {second}', '{first}, at the latest: {second}'],
  opensLate: ['{first}; mở sau hạn thì {second}', '{first}; {second} if it opens after the deadline'],
  outcome: ['Khi kết quả là “{label}”', 'When the outcome is “{label}”'],
  notOutcome: ['Khi kết quả không phải “{label}”', 'When the outcome is not “{label}”'],
  present: ['Khi đã có “{name}”', 'When there is “{name}”'],
  absent: ['Khi chưa có “{name}”', 'When there is no “{name}”'],
  always: ['Không có điều kiện', 'No condition'],
  own: ['Theo biểu thức (xem Nâng cao)', 'By expression (see Advanced)'],
};

/** The same expression in one way of writing: what differs in blanks and quotes only is the same choice. */
const plain = (text) => {
  const tidy = text.trim().replace(/\s+/g, ' ').replaceAll('"', "'").replace(/\(\s+/g, '(').replace(/\s+\)/g, ')').replace(/\s*,\s*/g, ', ');
  return SAME[tidy] ?? tidy;
};

const processesOf = (subject) => {
  let top = subject;
  while (top.$parent) top = top.$parent;
  return (top.rootElements ?? []).filter((one) => is(one, 'bpmn:Process'));
};
const nodesOf = (scope) => (scope.flowElements ?? []).flatMap((one) => [one, ...nodesOf(one)]);
const oursOf = (node, type) => node.extensionElements?.get('values').filter((one) => is(one, type)) ?? [];

/** Fields of the drawing in which somebody is chosen, by key. */
function personFields(subject) {
  const steps = processesOf(subject).flatMap(nodesOf).filter((node) => is(node, 'bpmn:UserTask'));
  const fields = steps.flatMap((step) => oursOf(step, 'rs:Form')).flatMap((form) => form.get('fields'));
  return new Map(fields.filter((field) => field.get('type') === 'person').map((field) => [field.get('key'), field.get('label')]));
}

/** Outcomes of the steps before a flow, through gateways, by key. */
function outcomesBefore(flow) {
  const found = new Map();
  const seen = new Set();
  const pending = [flow.sourceRef];
  while (pending.length) {
    const node = pending.pop();
    if (!node || seen.has(node)) continue;
    seen.add(node);
    if (is(node, 'bpmn:UserTask')) {
      for (const outcome of oursOf(node, 'rs:Outcome')) found.set(outcome.get('key'), outcome.get('label') || outcome.get('key'));
    } else if (is(node, 'bpmn:Gateway')) pending.push(...(node.incoming ?? []).map((one) => one.sourceRef));
  }
  return found;
}

function personWords(text, fields) {
  if (PEOPLE[text]) return pick(PEOPLE[text]);
  const [, first, second] = /^(.+?) or (.+)$/.exec(text) ?? [];
  if (first) {
    const both = [personWords(first, fields), personWords(second, fields)];
    return both.every(Boolean) ? fill(TEXTS.otherwise, { first: both[0], second: both[1] }) : null;
  }
  if (!/^[A-Za-z]\w*$/.test(text)) return null;
  return fields.has(text) ? fill(TEXTS.chosen, { label: fields.get(text) }) : fill(TEXTS.variable, { name: text });
}

function timeWords(text) {
  if (DEADLINES[text]) return pick(DEADLINES[text]);
  for (const [pattern, texts] of LENGTHS) {
    const [, n] = pattern.exec(text) ?? [];
    if (n) return lengthOf(texts, n);
  }
  const [, clock] = /^instant\('([^']+)'\)$/.exec(text) ?? [];
  if (clock) return clock.replace(/^(\d+)-(\d+)-(\d+)(?:T(\d+:\d+).*)?$/, (_, year, month, day, hour) => `${hour ? `${hour} ` : ''}${day}/${month}/${year}`);
  const [, bound, one, two] = /^(min|max)\((.+), ([^,]+)\)$/.exec(text) ?? [];
  const [, first, second] = /^(.+) if now\(\) <=? deadline\('\w+'\) else (.+)$/.exec(text) ?? [];
  const said = (texts, ...parts) => {
    const [a, b] = parts.map(timeWords);
    return a && b ? fill(texts, { first: a, second: b }) : null;
  };
  if (first) return said(TEXTS.opensLate, first, second);
  return one ? said(bound === 'min' ? TEXTS.atMost : TEXTS.atLeast, one, two) : null;
}

function conditionWords(text, outcomes, fields) {
  const [, name, not] = /^([A-Za-z]\w*) is (not )?None$/.exec(text) ?? [];
  if (name) return fill(not ? TEXTS.present : TEXTS.absent, { name: fields.get(name) ?? name });
  const [, sign, key] = /^outcome (==|!=) '([^']*)'$/.exec(text) ?? [];
  return key ? fill(sign === '==' ? TEXTS.outcome : TEXTS.notOutcome, { label: outcomes.get(key) ?? key }) : null;
}

const listed = (table) => Object.entries(table).map(([value, texts]) => [value, pick(texts)]);
const counted = (...texts) => texts.map((text) => [text, timeWords(text)]);
const found = (table) => (text) => (table[text] ? pick(table[text]) : null);

// For each kind of expression: what is offered, what an empty one means, and how another one is said.
const KINDS = {
  person: (subject) => {
    const fields = personFields(subject);
    const chosen = [...fields.keys()].map((key) => [key, personWords(key, fields)]);
    return { offered: [...listed(PEOPLE), ...chosen], empty: TEXTS.nobody, say: (text) => personWords(text, fields) };
  },
  accountable: (subject) => ({ ...KINDS.person(subject), empty: TEXTS.self }),
  due: () => ({
    offered: [...counted('workhours(4)', 'workdays(1)', 'workdays(2)', 'workdays(3)', 'workdays(5)', 'workdays(10)'), ...listed(DEADLINES)],
    empty: TEXTS.usual,
    say: timeWords,
  }),
  timer: () => ({
    offered: [...counted('workdays(1)', 'workdays(3)', 'workdays(5)', 'P1D', 'P7D'), ...listed(DEADLINES)],
    empty: TEXTS.nobody,
    say: timeWords,
  }),
  list: () => ({ offered: listed(LISTS), empty: TEXTS.none, say: found(LISTS) }),
  result: () => ({ offered: listed(RESULTS), empty: TEXTS.none, say: found(RESULTS) }),
  minutes: () => ({ offered: listed(MINUTES), empty: TEXTS.none, say: found(MINUTES) }),
  condition: (flow) => {
    const outcomes = outcomesBefore(flow);
    const offered = [...outcomes].map(([key, label]) => [`outcome == '${key}'`, fill(TEXTS.outcome, { label })]);
    return { offered, empty: TEXTS.always, say: (text) => conditionWords(text, outcomes, personFields(flow)) };
  },
};

/** The choices for an expression as [value, text] pairs; the present one is among them, as it is written. */
export function wordChoices(kind, subject, current) {
  const { offered, empty, say } = KINDS[kind](subject);
  const present = plain(current);
  const pairs = [['', pick(empty)], ...offered.map(([value, text]) => [plain(value) === present ? current : value, text])];
  if (!current || pairs.some(([value]) => value === current)) return pairs;
  return [...pairs, [current, say(present) ?? pick(TEXTS.own)]];
}

/** When a rung acts, relative to the deadline. */
export function rungWords(after) {
  const [, sign, number, unit] = /^([+-]?)(\d+)([dh]?)$/.exec(after.trim()) ?? [];
  if (number === undefined) return null;
  if (Number(number) === 0) return pick(['Đúng hạn', 'When due']);
  const n = lengthOf(unit === 'h' ? ['{n} giờ làm việc', '{n} working hours'] : ['{n} ngày làm việc', '{n} working days'], number);
  return fill(sign === '-' ? ['Trước hạn {n}', '{n} before due'] : ['Sau hạn {n}', '{n} after due'], { n });
}

export const rungChoices = (current) => {
  const offered = ['-5d', '-3d', '-2d', '-1d', '-4h', '0', '4h', '1d', '2d', '3d', '5d'];
  const all = offered.includes(current) ? offered : [...offered, current];
  return all.map((after) => [after, rungWords(after) ?? pick(TEXTS.own)]);
};
