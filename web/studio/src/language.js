// Which language the page speaks, and our own texts beside those of the drawing tool.
import vi from './vi.js';

export const language = document.documentElement.lang.startsWith('en') ? 'en' : 'vi';

const own = {
  zoomIn: ['Phóng to', 'Zoom in'],
  zoomOut: ['Thu nhỏ', 'Zoom out'],
  zoom: ['Cỡ hình', 'Size'],
  pan: ['Kéo để xem tiếp', 'Drag to see more'],
  fit: ['Vừa khung', 'Fit to frame'],
  diagram: ['Sơ đồ quy trình', 'Procedure diagram'],
  loadFailed: ['Không tải được sơ đồ. Hãy tải lại trang.', 'The diagram could not be loaded. Reload the page.'],
  notOpened: ['Không mở được tệp {file}. Bản đang vẽ và bản nháp giữ nguyên.', 'The file {file} was not opened. Your drawing and the draft are as they were.'],
  toMend: [
    'Tệp {file} có {count} lỗi phải sửa trước khi ban hành. Bản đang vẽ giữ nguyên cho đến khi thầy/cô chọn.',
    'The file {file} has {count} errors to mend before it can be published. Your drawing stays until you choose.',
  ],
  openAllTheSame: ['Mở tệp này thay bản đang vẽ', 'Open this file in place of the drawing'],
  keepDrawing: ['Giữ bản đang vẽ', 'Keep the drawing'],
  close: ['Đóng', 'Close'],
  cannotDraw: ['Tệp đọc được nhưng không vẽ ra được.', 'The file can be read, but not drawn.'],
  cannotDrawRemedy: ['Hãy xuất lại từ công cụ vẽ, kèm phần hình vẽ (BPMNDI).', 'Export it again from a drawing tool with its diagram (BPMNDI).'],
  notJudged: ['Máy chủ không kiểm tra được tệp. Hãy thử lại.', 'The server could not check the file. Try again.'],
  textOnly: [
    'Bản này không vẽ ra được nên hiện dưới dạng XML. Hãy bấm “Kiểm tra” để xem lý do, hoặc mở một tệp khác.',
    'This drawing cannot be shown, so here is its XML. Press “Check” to see why, or open another file.',
  ],
  conflict: ['Bấm “Lưu nháp” để chọn: ghi đè bằng bản của thầy/cô hoặc tải bản kia về.', 'Press “Save draft” to choose: put yours in its place, or download theirs.'],
  outdated: ['Bản vẽ đã đổi sau lần kiểm tra này; đang lưu và kiểm tra lại…', 'The drawing has changed since this check; saving and checking again…'],
  notes: ['Đã hiểu theo cách của phần mềm khác; tệp giữ nguyên', 'Understood the way another tool means it; the file stays as it is'],
  onlyWarning: ['Chỉ là cảnh báo: vẫn ban hành được.', 'Only a warning: the procedure can be published all the same.'],
  done: ['xong', 'done'],
  open: ['đang mở', 'open'],
  late: ['quá hạn', 'overdue'],
  returned: ['trả lại', 'returned'],
  undo: ['Hoàn tác', 'Undo'],
  redo: ['Làm lại', 'Redo'],
  download: ['Tải tệp về', 'Download file'],
  search: ['Tìm', 'Search'],
  saving: ['Đang lưu…', 'Saving…'],
  notSaved: ['Chưa lưu được. Bản vẽ vẫn ở trên trang này.', 'Not saved. The drawing is still on this page.'],
  loses: [
    'Trình soạn không giữ được các phần sau của tệp, lưu từ đây sẽ mất chúng: {parts}',
    'The editor cannot keep these parts of the file; saving from here loses them: {parts}',
  ],
  lostReference: ['chỗ trỏ tới {value}, là mã không có trong tệp', 'the reference to {value}, which is not in the file'],
  lostContent: ['phần {value}', 'the part {value}'],
  lostPart: ['một phần không đọc được', 'an unreadable part'],
  tooLarge: ['Tệp lớn hơn {most} MB.', 'The file is larger than {most} MB.'],
  tooLargeRemedy: ['Hãy tách thành nhiều quy trình nối với nhau bằng hoạt động gọi.', 'Split the procedure into several processes joined by call activities.'],
  noProblems: ['Không có vấn đề nào.', 'No problems.'],
  id: ['Mã phần tử', 'Element id'],
  name: ['Tên', 'Name'],
  nameEn: ['Tên tiếng Anh', 'English name'],
  who: ['Ai làm', 'Who does it'],
  assignee: ['Người xử lý', 'Assignee'],
  accountable: ['Người chịu trách nhiệm', 'Accountable person'],
  time: ['Hạn và chuyển cấp', 'Deadline and escalation'],
  due: ['Hạn xử lý', 'Deadline'],
  signing: ['Chữ ký', 'Signature'],
  signature: ['Phải ký xác nhận bằng mật khẩu', 'Must be signed with the password'],
  minutes: ['Loại biên bản lập khi ký', 'Minutes made when signed'],
  review: ['Được rà soát bên cạnh biểu mẫu', 'Under review beside the form'],
  bulk: ['Kết quả có thể chọn cho nhiều việc cùng lúc', 'Outcome that may be given to many tasks at once'],
  formFields: ['Biểu mẫu', 'Form'],
  outcomes: ['Kết quả', 'Outcomes'],
  guidance: ['Hướng dẫn', 'Guidance'],
  none: ['Không có', 'None'],
  advanced: ['Nâng cao: mã và biểu thức', 'Advanced: keys and expressions'],
  expressionOf: ['{name} (biểu thức)', '{name} (expression)'],
  canRun: ['Chạy được', 'Can run'],
  ladder: ['Nhắc việc và chuyển cấp', 'Reminders and escalation'],
  key: ['Mã', 'Key'],
  label: ['Nhãn', 'Label'],
  labelEn: ['Nhãn tiếng Anh', 'English label'],
  type: ['Kiểu', 'Type'],
  required: ['Bắt buộc', 'Required'],
  earliest: ['Ngày sớm nhất, ví dụ today-30d', 'Earliest day, such as today-30d'],
  latest: ['Ngày muộn nhất, ví dụ today', 'Latest day, such as today'],
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
  correlation: ['Thông điệp khớp theo biến', 'Message matched by variables'],
  pass: ['Biến truyền xuống', 'Variables passed down'],
  decision: ['Quyết định (mã trong bảng quyết định)', 'Decision (its key in the decision tables)'],
  output: ['Biến nhận kết quả', 'Variable that takes the result'],
  collection: ['Một lượt cho', 'One run for'],
  completion: ['Xong sớm khi', 'Complete early when'],
  condition: ['Đi theo luồng này', 'Take this flow'],
  timer: ['Thời điểm hoặc khoảng thời gian', 'Instant or duration'],
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
