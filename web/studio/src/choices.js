// The values our attributes may have, in the users' words; bpmn/README.md has the list.
import { language } from './language.js';

const CHOICES = {
  subject: {
    '': ['Không nêu', 'Not said'],
    school: ['Trường', 'School'],
    staff: ['Một nhân sự', 'Member of staff'],
    class: ['Lớp', 'Class'],
    assignment: ['Phân công giảng dạy', 'Teaching assignment'],
    unit: ['Đơn vị', 'Unit'],
  },
  review: {
    '': ['Không có', 'None'],
    record: ['Hồ sơ của một người', 'Record of the person'],
    pupils: ['Học sinh của lớp', 'Pupils of the class'],
    grades: ['Điểm của môn', 'Grades of the subject'],
    staff: ['Nhân sự của trường', 'Staff of the school'],
    unit: ['Số liệu của đơn vị', 'Figures of the unit'],
  },
  type: {
    text: ['Một dòng chữ', 'Text'],
    textarea: ['Nhiều dòng chữ', 'Long text'],
    number: ['Số', 'Number'],
    date: ['Ngày', 'Date'],
    select: ['Danh sách chọn', 'Drop-down list'],
    radio: ['Nút chọn một', 'Radio buttons'],
    checkbox: ['Ô đánh dấu', 'Tick box'],
    person: ['Người trong đơn vị', 'Person of the unit'],
    file: ['Tệp đính kèm', 'File'],
  },
  style: {
    primary: ['Hoàn thành', 'Completes'],
    return: ['Trả lại', 'Returns'],
    neutral: ['Hướng khác', 'Another way'],
  },
  reason: {
    none: ['Không hỏi', 'Not asked'],
    optional: ['Có thể ghi', 'Optional'],
    required: ['Phải ghi', 'Required'],
  },
  of: {
    '': ['Không', 'No'],
    persons: ['Từng người', 'Persons'],
    pupils: ['Từng học sinh', 'Pupils'],
    classes: ['Từng lớp', 'Classes'],
  },
  to: {
    assignee: ['Người xử lý', 'Assignee'],
    accountable: ['Người chịu trách nhiệm', 'Accountable person'],
    head: ['Thủ trưởng', 'Head'],
    superior: ['Cấp trên', 'Superior unit'],
    office: ['Văn phòng', 'Office'],
  },
  kind: {
    remind: ['Nhắc việc', 'Remind'],
    escalate: ['Chuyển cấp', 'Escalate'],
  },
};

/** The choices of an attribute as [value, text] pairs in the language of the page. */
export const choicesOf = (attribute) => () => Object.entries(CHOICES[attribute]).map(([value, texts]) => [value, texts[language === 'vi' ? 0 : 1]]);

/** Show `pairs` in a select with `value` chosen; a value that is none of them stays, so that looking at it changes nothing. */
export function fillChoices(select, pairs, value) {
  const known = pairs.some(([one]) => one === value) ? pairs : [...pairs, [value, value]];
  select.replaceChildren(...known.map(([one, text]) => new Option(text, one, one === value, one === value)));
}
