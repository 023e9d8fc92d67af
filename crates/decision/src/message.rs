//! The sentence of every refusal, in both languages, by code: for the catalogue of errors and the
//! pages. `{detail}` stands for what exactly is wrong.
//!
//! Invariant: every code this crate refuses with is here, and no other, which a test holds.

use kernel::Error;

/// Code, Chinese, English.
pub const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "decision.cycle",
        "要素相互依赖成环：{detail}",
        "Elements require each other in a circle: {detail}",
    ),
    ("decision.element_unsupported", "不支持的元素：{detail}", "Unsupported element: {detail}"),
    (
        "decision.external",
        "不允许外部函数：{detail}",
        "Functions in other languages are refused: {detail}",
    ),
    ("decision.hit_policy", "命中策略不正确：{detail}", "There is no such hit policy: {detail}"),
    ("decision.id_duplicate", "编号重复：{detail}", "An id is used twice: {detail}"),
    ("decision.import_missing", "未提供模型：{detail}", "A model was not given: {detail}"),
    ("decision.input_missing", "缺少此项，应为 {detail}", "This is missing; expected {detail}"),
    (
        "decision.input_type",
        "类型不正确，应为 {detail}",
        "This has the wrong type; expected {detail}",
    ),
    ("decision.input_value", "取值不在允许范围内：{detail}", "This value is not allowed: {detail}"),
    ("decision.inputs", "有 {detail} 项输入缺失或不正确", "{detail} inputs are missing or wrong"),
    (
        "decision.language",
        "只支持 FEEL 表达式：{detail}",
        "Only FEEL expressions are supported: {detail}",
    ),
    (
        "decision.limit_attributes",
        "属性过多或过长，至多 {detail} 个",
        "Too many or too long attributes; at most {detail}",
    ),
    (
        "decision.limit_bytes",
        "文件过大，至多 {detail} 字节",
        "The document is too large; at most {detail} bytes",
    ),
    (
        "decision.limit_columns",
        "决策表列数过多，至多 {detail} 列",
        "The table has too many columns; at most {detail}",
    ),
    (
        "decision.limit_elements",
        "元素过多，至多 {detail} 个",
        "The document has too many elements; at most {detail}",
    ),
    (
        "decision.limit_imports",
        "引入的模型过多，至多 {detail} 个",
        "Too many imported models; at most {detail}",
    ),
    (
        "decision.limit_nesting",
        "嵌套过深，至多 {detail} 层",
        "The document is nested too deeply; at most {detail} levels",
    ),
    (
        "decision.limit_nodes",
        "决策要素过多，至多 {detail} 个",
        "The model has too many elements; at most {detail}",
    ),
    (
        "decision.limit_rules",
        "决策表规则过多，至多 {detail} 条",
        "The table has too many rules; at most {detail}",
    ),
    (
        "decision.limit_tests",
        "测试用例过多，至多 {detail} 个",
        "The model has too many test cases; at most {detail}",
    ),
    (
        "decision.limit_type",
        "类型过于庞大，至多由 {detail} 个类型组成",
        "The type is too large; at most {detail} types make it up",
    ),
    ("decision.logic_missing", "缺少决策逻辑：{detail}", "Decision logic is missing: {detail}"),
    ("decision.name_duplicate", "名称重复：{detail}", "A name is used twice: {detail}"),
    (
        "decision.name_wrong",
        "名称不能在表达式中使用：{detail}",
        "A name cannot be written in an expression: {detail}",
    ),
    (
        "decision.not_dmn",
        "不是 DMN 1.2 至 1.5 文件：{detail}",
        "This is not a DMN 1.2 to 1.5 document: {detail}",
    ),
    (
        "decision.not_tests",
        "不是 DMN 测试用例文件：{detail}",
        "This is not a file of test cases for DMN: {detail}",
    ),
    ("decision.reference", "引用不存在：{detail}", "A reference leads nowhere: {detail}"),
    ("decision.relation_shape", "此行单元格数应为 {detail}", "This row must have {detail} cells"),
    ("decision.service_empty", "决策服务没有输出决策", "The decision service gives no decision"),
    (
        "decision.table_outputs",
        "决策表没有输出列，或多个输出列未命名",
        "The table has no outputs, or several without names",
    ),
    (
        "decision.table_shape",
        "第 {detail} 条规则的单元格数与列数不符",
        "Rule {detail} has not one cell for each column",
    ),
    ("decision.test_wrong", "测试用例有误：{detail}", "A test case is wrong: {detail}"),
    ("decision.type_cycle", "类型包含自身：{detail}", "A type contains itself: {detail}"),
    ("decision.type_unknown", "没有这个类型：{detail}", "There is no such type: {detail}"),
    ("decision.unknown", "模型中没有“{detail}”", "The model has no “{detail}”"),
    ("decision.xml", "不是良构的 XML：{detail}", "This is not well-formed XML: {detail}"),
    ("decision.xml_doctype", "不接受文档类型声明", "Document type declarations are refused"),
    (
        "decision.xml_encoding",
        "只接受 UTF-8、带字节序标记的 UTF-16，或声明了的 GB18030、GBK、GB2312、ISO-8859-1",
        "Only UTF-8, UTF-16 with a byte order mark, or what is declared of GB18030, GBK, GB2312 and ISO-8859-1 is accepted",
    ),
    ("decision.xml_entity", "不接受自定义实体：{detail}", "Custom entities are refused: {detail}"),
    (
        "feel.broken",
        "表达式求值时发生内部错误",
        "The expression could not be evaluated because of an internal fault",
    ),
    (
        "feel.character",
        "表达式中有无效字符 {detail}",
        "The expression holds {detail}, which FEEL does not know",
    ),
    (
        "feel.clock",
        "不允许使用 {detail}()，请把时间作为输入",
        "{detail}() is refused; take the time as an input",
    ),
    ("feel.comment_open", "注释没有结束", "A comment does not end"),
    (
        "feel.duration",
        "时长超出可表示的范围：{detail}",
        "A duration is longer than can be held: {detail}",
    ),
    ("feel.empty", "表达式为空", "The expression is empty"),
    ("feel.external", "不允许外部函数", "Functions in other languages are refused"),
    (
        "feel.limit_calls",
        "函数嵌套调用过深，至多 {detail} 层",
        "Functions call each other too deeply; at most {detail} levels",
    ),
    (
        "feel.limit_depth",
        "表达式嵌套过深或运算过多，括号至多 {detail} 层",
        "The expression is nested too deeply or too long; at most {detail} brackets",
    ),
    (
        "feel.limit_items",
        "表达式列项过多，至多 {detail} 个",
        "The expression lists too many items; at most {detail}",
    ),
    (
        "feel.limit_names",
        "表达式涉及的名称过多：{detail} 个",
        "The expression mentions too many names: {detail}",
    ),
    (
        "feel.limit_size",
        "数据过大，至多 {detail} 个值",
        "The data is too large; at most {detail} values",
    ),
    (
        "feel.limit_text",
        "表达式过长，至多 {detail} 字节",
        "The expression is too long; at most {detail} bytes",
    ),
    (
        "feel.limit_value",
        "数据嵌套过深，至多 {detail} 层",
        "A value is nested too deeply; at most {detail} levels",
    ),
    (
        "feel.limit_work",
        "计算量超过上限 {detail}，已停止",
        "The evaluation was stopped after {detail} units of work",
    ),
    ("feel.name_unknown", "没有声明的名称：{detail}", "A name is not declared: {detail}"),
    ("feel.number", "不是数", "This is not a number"),
    (
        "feel.number_digits",
        "数的有效数字至多 {detail} 位",
        "A number has at most {detail} significant digits",
    ),
    (
        "feel.number_long",
        "数 {detail} 的整数位数太多，无法作为变量保存而不丢失个位，请先取舍",
        "The number {detail} is too long to be kept as a variable without losing whole units: round it first",
    ),
    ("feel.number_range", "结果超出数的范围", "The result is beyond the range of numbers"),
    ("feel.result_function", "结果是函数，不是数据", "The result is a function, not data"),
    ("feel.result_kind", "结果不是数据", "The result is not data"),
    ("feel.string_open", "字符串没有结束", "A string does not end"),
    ("feel.syntax", "表达式不合语法：{detail}", "This is not in the grammar of FEEL: {detail}"),
    (
        "feel.syntax_wide",
        "请使用半角标点，不要用“{detail}”",
        "Write half-width punctuation instead of “{detail}”",
    ),
];

/// The English sentence of an error of this crate, for a log.
pub fn english(error: &Error) -> String {
    let found = MESSAGES.iter().find(|(code, ..)| *code == error.code);
    let sentence = found.map_or(error.code, |(_, _, english)| english);
    let detail = error.args.iter().find(|(name, _)| *name == "detail");
    sentence.replace("{detail}", detail.map(|(_, detail)| detail.as_str()).unwrap_or_default())
}
