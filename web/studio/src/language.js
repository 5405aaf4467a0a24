// Which language the page speaks, and our own texts beside those of the drawing tool.
import vi from './vi.js';

export const language = document.documentElement.lang.startsWith('en') ? 'en' : 'vi';

const own = {
  zoomIn: ['Phóng to', 'Zoom in'],
  zoomOut: ['Thu nhỏ', 'Zoom out'],
  fit: ['Vừa khung', 'Fit to frame'],
  diagram: ['Sơ đồ quy trình', 'Procedure diagram'],
  loadFailed: ['Không tải được sơ đồ. Hãy tải lại trang.', 'The diagram could not be loaded. Reload the page.'],
  drawFailed: ['Tệp này không vẽ được: {reason}', 'This file cannot be drawn: {reason}'],
  done: ['xong', 'done'],
  open: ['đang mở', 'open'],
  late: ['quá hạn', 'overdue'],
  returned: ['trả lại', 'returned'],
  undo: ['Hoàn tác', 'Undo'],
  redo: ['Làm lại', 'Redo'],
  download: ['Tải tệp về', 'Download file'],
  search: ['Tìm', 'Search'],
  saving: ['Đang lưu…', 'Saving…'],
  saved: ['Đã lưu {time}', 'Saved {time}'],
  notSaved: ['Chưa lưu được. Bản vẽ vẫn ở trên trang này.', 'Not saved. The drawing is still on this page.'],
  loses: [
    'Trình soạn không giữ được các phần sau của tệp, lưu từ đây sẽ mất chúng: {parts}',
    'The editor cannot keep these parts of the file; saving from here loses them: {parts}',
  ],
  tooLarge: ['Tệp quá lớn (tối đa 2 MB).', 'The file is too large (at most 2 MB).'],
  noProblems: ['Không có vấn đề nào.', 'No problems.'],
  id: ['Mã phần tử', 'Element id'],
  name: ['Tên', 'Name'],
  nameEn: ['Tên tiếng Anh', 'English name'],
  who: ['Ai làm', 'Who does it'],
  assignee: ['Người xử lý (biểu thức)', 'Assignee (expression)'],
  accountable: ['Người chịu trách nhiệm (biểu thức)', 'Accountable person (expression)'],
  time: ['Hạn và chuyển cấp', 'Deadline and escalation'],
  due: ['Hạn xử lý (biểu thức)', 'Deadline (expression)'],
  signing: ['Chữ ký', 'Signature'],
  signature: ['Phải ký xác nhận bằng mật khẩu', 'Must be signed with the password'],
  minutes: ['Loại biên bản lập khi ký', 'Minutes made when signed'],
  review: ['Được rà soát bên cạnh biểu mẫu', 'Under review beside the form'],
  bulk: ['Kết quả có thể chọn cho nhiều việc cùng lúc', 'Outcome that may be given to many tasks at once'],
  formFields: ['Biểu mẫu', 'Form'],
  outcomes: ['Kết quả', 'Outcomes'],
  guidance: ['Hướng dẫn', 'Guidance'],
  none: ['Không có', 'None'],
  ladder: ['Nhắc việc, chuyển cấp: -1d trước hạn một ngày, 0 đúng hạn, 4h sau bốn giờ', 'Reminders, escalation: -1d a day before due, 0 when due, 4h four hours after'],
  key: ['Mã', 'Key'],
  label: ['Nhãn', 'Label'],
  labelEn: ['Nhãn tiếng Anh', 'English label'],
  type: ['Kiểu', 'Type'],
  required: ['Bắt buộc', 'Required'],
  options: ['Lựa chọn, mỗi dòng: mã = nhãn | nhãn tiếng Anh', 'Choices, one a line: key = label | English label'],
  style: ['Tác dụng', 'Effect'],
  reason: ['Lý do', 'Reason'],
  of: ['Nêu đích danh', 'Names single'],
  after: ['So với hạn', 'Relative to due'],
  to: ['Gửi ai', 'To whom'],
  kind: ['Việc', 'Act'],
  addField: ['Thêm ô nhập', 'Add a field'],
  addOutcome: ['Thêm kết quả', 'Add an outcome'],
  addRung: ['Thêm bậc', 'Add a rung'],
  remove: ['Xóa {name}', 'Remove {name}'],
  earlier: ['Đưa {name} lên trước', 'Move {name} up'],
  subject: ['Đối tượng', 'Subject'],
  called: ['Quy trình được gọi', 'Called procedure'],
  takes: ['Biến nhận vào', 'Variables taken over'],
  pass: ['Biến truyền xuống', 'Variables passed down'],
  output: ['Biến nhận kết quả', 'Variable that takes the result'],
  collection: ['Mỗi lượt cho một phần tử của (biểu thức)', 'One run for each of (expression)'],
  completion: ['Xong sớm khi (biểu thức)', 'Complete early when (expression)'],
  condition: ['Đi theo luồng này khi (biểu thức)', 'Take this flow when (expression)'],
  timer: ['Thời điểm hoặc khoảng thời gian (biểu thức)', 'Instant or duration (expression)'],
  result: ['Kết quả trả về', 'Result'],
};

function fill(text, replacements = {}) {
  return text.replace(/{([^}]+)}/g, (whole, key) => replacements[key] ?? whole);
}

/** One of our own texts in the language of the page. */
export function say(key, replacements) {
  return fill(own[key][language === 'vi' ? 0 : 1], replacements);
}

/** Replaces the drawing tool's translate function. */
export const translation = {
  translate: ['value', (text, replacements) => fill((language === 'vi' && vi[text]) || text, replacements)],
};
