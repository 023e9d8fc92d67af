//! The sentence of every refusal, in both languages, by code: for the catalogue of errors and the
//! pages. Arguments stand in braces.
//!
//! Invariant: every code this engine refuses with is here, which a test holds.

/// Code, Chinese, English.
pub const MESSAGES: &[(&str, &str, &str)] = &[
    (
        "process.activity_unknown",
        "没有可启动的活动 {activity}",
        "There is no activity {activity} to start",
    ),
    (
        "process.ad_hoc_busy",
        "自由子流程中仍有活动在办",
        "Activities of the ad-hoc sub-process are still running",
    ),
    (
        "process.ad_hoc_gone",
        "自由子流程 {id} 已不在等待",
        "The ad-hoc sub-process {id} is no longer waiting",
    ),
    (
        "process.ad_hoc_start",
        "自由子流程不得含开始事件",
        "An ad-hoc sub-process has no start event",
    ),
    ("process.already_started", "流程已启动", "The process has been started already"),
    (
        "process.boundary_dangling",
        "边界事件所附的活动不存在：{detail}",
        "The activity of a boundary event does not exist: {detail}",
    ),
    (
        "process.call_cycle",
        "流程循环调用：{detail}",
        "Processes call each other in a circle: {detail}",
    ),
    ("process.call_missing", "调用活动未指明流程", "A call activity names no process"),
    (
        "process.child_gone",
        "子流程 {id} 已不在等待",
        "The called process {id} is no longer awaited",
    ),
    ("process.child_running", "子流程尚未结束", "The called process has not ended"),
    ("process.choreography", "不支持编排图", "Choreographies are not supported"),
    (
        "process.clock_set_back",
        "系统时间早于上一步，请检查服务器时钟",
        "The clock is earlier than the last step; check the server's time",
    ),
    (
        "process.compensation",
        "补偿事件须关联同一层的补偿活动",
        "A compensation event needs a compensation activity beside it",
    ),
    ("process.complex_gateway", "不支持复杂网关", "Complex gateways are not supported"),
    (
        "process.condition_here",
        "此处的连线不得带条件：{detail}",
        "Flows here take no condition: {detail}",
    ),
    ("process.condition_missing", "连线缺少条件：{detail}", "A flow lacks its condition: {detail}"),
    (
        "process.default_dangling",
        "默认连线不存在：{detail}",
        "The default flow does not exist: {detail}",
    ),
    ("process.element_unsupported", "不支持的元素：{detail}", "Unsupported element: {detail}"),
    ("process.ended", "流程已结束", "The process has ended"),
    (
        "process.endless",
        "流程在一步内循环超过 {max} 次",
        "The process loops more than {max} times without a wait",
    ),
    ("process.error_code", "错误代码为空或过长", "The error code is empty or too long"),
    (
        "process.event_gateway",
        "事件网关后须有至少两个等待事件，且仅由它进入",
        "An event gateway leads to at least two waiting events that nothing else leads to",
    ),
    (
        "process.event_kind",
        "此处不支持这种事件：{detail}",
        "This kind of event is not supported here: {detail}",
    ),
    ("process.event_multiple", "不支持多重事件", "Multiple events are not supported"),
    (
        "process.expression_failed",
        "表达式无法求值：{expression}",
        "The expression could not be evaluated: {expression}",
    ),
    (
        "process.expression_missing",
        "缺少表达式：{detail}，请在属性中填写",
        "An expression is missing: {detail}; enter it in the properties",
    ),
    (
        "process.expression_type",
        "表达式的结果类型不对：{expression}",
        "The expression gives a value of the wrong type: {expression}",
    ),
    ("process.expression_wrong", "表达式有误：{detail}", "The expression is wrong: {detail}"),
    (
        "process.flow_crosses",
        "连线不得跨越子流程边界",
        "A flow may not cross the edge of a sub-process",
    ),
    (
        "process.flow_dangling",
        "连线的一端不存在：{detail}",
        "A flow begins or ends nowhere: {detail}",
    ),
    (
        "process.flow_wrong",
        "此元素不得有进入或离开的连线",
        "This element takes no flow on that side",
    ),
    ("process.id_duplicate", "编号重复：{detail}", "An id is used twice: {detail}"),
    ("process.id_missing", "元素缺少编号：{detail}", "An element has no id: {detail}"),
    (
        "process.inclusive_block",
        "包容网关的汇聚找不到与之配对的分支",
        "An inclusive join has no split that encloses its branches",
    ),
    ("process.instance_id", "实例编号为空或过长", "The id of the instance is empty or too long"),
    ("process.job_gone", "作业 {id} 已不在等待", "The job {id} is no longer awaited"),
    (
        "process.language",
        "只支持 FEEL 表达式：{detail}",
        "Only FEEL expressions are supported: {detail}",
    ),
    (
        "process.limit_attributes",
        "属性过多或过长，至多 {detail} 个",
        "Too many or too long attributes; at most {detail}",
    ),
    (
        "process.limit_bytes",
        "文件过大，至多 {detail} 字节",
        "The document is too large; at most {detail} bytes",
    ),
    (
        "process.limit_depth",
        "嵌套过深，至多 {detail} 层",
        "The document is nested too deeply; at most {detail} levels",
    ),
    (
        "process.limit_elements",
        "元素过多，至多 {detail} 个",
        "The document has too many elements; at most {detail}",
    ),
    (
        "process.limit_expression",
        "表达式过长，至多 {detail} 字节",
        "The expression is too long; at most {detail} bytes",
    ),
    (
        "process.limit_inclusive",
        "包容网关过多，至多 {detail} 个",
        "Too many inclusive joins; at most {detail}",
    ),
    (
        "process.limit_nodes",
        "节点或连线过多，至多 {detail} 个",
        "Too many nodes or flows; at most {detail}",
    ),
    (
        "process.limit_processes",
        "流程过多，至多 {detail} 个",
        "Too many processes; at most {detail}",
    ),
    (
        "process.limit_tokens",
        "并行分支过多，至多 {max} 个",
        "Too many branches at once; at most {max}",
    ),
    ("process.limit_turns", "重复次数过多，至多 {max} 次", "Too many repetitions; at most {max}"),
    (
        "process.limit_variables",
        "变量过大，至多 {max} 字节",
        "Variables are too large; at most {max} bytes",
    ),
    (
        "process.link",
        "链接事件须有且只有一个同名的捕获端：{detail}",
        "A link needs exactly one catching end of its name: {detail}",
    ),
    ("process.loop", "循环设置不完整：{detail}", "The repetition is not fully described: {detail}"),
    (
        "process.message_unexpected",
        "没有等待消息“{name}”的环节",
        "Nothing waits for the message “{name}”",
    ),
    (
        "process.migrate_flow",
        "汇聚环节 {node} 上的分支在新版本中找不到来路，请在对照表中指明",
        "A branch waiting at {node} has no way there in the new version; map the step it came from",
    ),
    (
        "process.migrate_kind",
        "环节 {node} 与新版本的 {to} 等待方式不同，不能迁移",
        "{node} and {to} of the new version do not wait for the same",
    ),
    (
        "process.migrate_mapping",
        "对照表中的环节 {node} 不存在，请改为版本中有的编号",
        "The mapping names {node}, which is in no such version; name a step that is",
    ),
    (
        "process.migrate_missing",
        "新版本没有环节 {node}，请在对照表中指明由哪个环节接续",
        "The new version has no {node}; map it to the step that takes its place",
    ),
    (
        "process.migrate_place",
        "环节 {node} 与新版本的 {to} 不在同一层，不能迁移",
        "{node} and {to} of the new version do not lie in the same sub-process",
    ),
    (
        "process.migrate_repeat",
        "环节 {node} 正在重复办理，新版本的重复设置不同，不能迁移",
        "{node} is being repeated, which the new version does otherwise",
    ),
    (
        "process.migrate_undo",
        "环节 {node} 已办并可撤销，新版本没有它的撤销环节，不能迁移",
        "{node} was done and can be undone, which the new version cannot",
    ),
    (
        "process.migrate_unsound",
        "环节 {node} 与其他在办分支在新版本中无法汇合，不能迁移",
        "The branches at {node} and beside it would never meet in the new version",
    ),
    ("process.model", "流程图有 {count} 处问题", "The diagram has {count} faults"),
    (
        "process.move_elsewhere",
        "不能转到“{activity}”：它不是同一流程中可到达的环节",
        "The step cannot go to “{activity}”: it is no activity of the process around it",
    ),
    (
        "process.move_unsound",
        "转到“{activity}”会使并行分支无法汇合",
        "Going to “{activity}” would leave parallel branches that never meet",
    ),
    (
        "process.no_path",
        "环节 {node} 没有满足条件的去向",
        "No condition holds on the ways out of {node}",
    ),
    ("process.none", "文件中没有流程", "The document has no process"),
    ("process.not_bpmn", "不是 BPMN 2.0 文件", "This is not a BPMN 2.0 document"),
    (
        "process.not_ended",
        "流程还在办理，不用重新激活",
        "The process has not ended; there is nothing to open again",
    ),
    (
        "process.not_repeated",
        "此环节不是按名单逐一办理的",
        "This step is not done once for each of a list",
    ),
    ("process.not_started", "流程尚未启动", "The process has not been started"),
    ("process.other_definition", "实例属于另一流程", "The instance belongs to another process"),
    (
        "process.quantity",
        "开始数量和完成数量只能为 1：{detail}",
        "Start and completion quantity can only be 1: {detail}",
    ),
    ("process.reference", "引用不存在：{detail}", "A reference leads nowhere: {detail}"),
    (
        "process.reference_missing",
        "未指明 {detail}：请在属性中选择消息、信号、错误或上报，消息也可由消息流带来",
        "{detail} is not given: choose the message, signal, error or escalation in the properties; a message flow may bring a message too",
    ),
    (
        "process.signal_unexpected",
        "没有等待信号“{name}”的环节",
        "Nothing waits for the signal “{name}”",
    ),
    ("process.sound_deadlock", "流程会停在此处：{path}", "The process gets stuck here: {path}"),
    ("process.sound_no_end", "由此无法到达结束：{path}", "From here no end can be reached: {path}"),
    (
        "process.sound_sync",
        "并行分支在此未经同步就汇合：{path}",
        "Parallel branches meet here without being joined: {path}",
    ),
    (
        "process.sound_too_large",
        "流程过于复杂，无法证明其正确",
        "The process is too complex to be proved sound",
    ),
    (
        "process.start_event",
        "流程只能由无触发、消息或定时的开始事件开始",
        "A process begins with a start event without trigger, by message or by timer",
    ),
    (
        "process.start_event_sub",
        "事件子流程须有且只有一个带触发的开始事件",
        "An event sub-process has exactly one start event, with a trigger",
    ),
    (
        "process.start_many",
        "流程至多有一个无触发的开始事件",
        "A process has at most one start event without trigger",
    ),
    ("process.start_missing", "流程没有开始事件", "The process has no start event"),
    (
        "process.start_sub",
        "子流程不能为空，至多有一个开始事件，且无触发",
        "A sub-process is not empty and has at most one start event, without trigger",
    ),
    ("process.start_unknown", "没有这个开始事件", "There is no such start event"),
    (
        "process.state_broken",
        "实例状态与流程不符",
        "The state of the instance does not fit the process",
    ),
    ("process.task_gone", "任务 {id} 已办结或已撤回", "The task {id} has been done or withdrawn"),
    ("process.timer_early", "定时器 {due} 才到期", "The timer is due only at {due}"),
    ("process.timer_gone", "定时器 {id} 已取消", "The timer {id} has been cancelled"),
    (
        "process.timer_missing",
        "定时设置缺失或与种类不符：{detail}",
        "The timer is missing or does not fit its kind: {detail}",
    ),
    (
        "process.timer_period",
        "定时的期限（yipan:period）须为工作日数（如 5wd）或给出工作日数的表达式，且不得与 timeDuration、timeDate、timeCycle 同时写：{detail}",
        "A timer's yipan:period is working days, such as 5wd, or an expression that gives them, and stands without timeDuration, timeDate or timeCycle: {detail}",
    ),
    (
        "process.transaction",
        "不支持事务子流程和取消事件",
        "Transactions and cancel events are not supported",
    ),
    (
        "process.turn_done",
        "这一份已经办完，不能去掉",
        "This one has been done and cannot be taken out",
    ),
    (
        "process.turn_last",
        "只剩这一份没有办，去掉后没有人能办结；请改为移交或退回",
        "It is the only one not done; hand it over or send it back instead",
    ),
    ("process.turn_unknown", "没有第 {turn} 份", "There is no turn {turn}"),
    (
        "process.turns_at_once",
        "大家同时办理，没有先后，不能加在前面",
        "All run at once, so nothing can come before",
    ),
    ("process.unreachable", "此元素无法到达", "This element cannot be reached"),
    (
        "process.variable",
        "变量 {name} 的名称或嵌套超出限制",
        "The variable {name} has an impossible name or is nested too deeply",
    ),
    ("process.xml", "不是良构的 XML：{detail}", "This is not well-formed XML: {detail}"),
    ("process.xml_doctype", "不接受文档类型声明", "Document type declarations are refused"),
    (
        "process.xml_encoding",
        "只接受 UTF-8、带字节序标记的 UTF-16，或声明了的 GB18030、GBK、GB2312、ISO-8859-1",
        "Only UTF-8, UTF-16 with a byte order mark, or what is declared of GB18030, GBK, GB2312 and ISO-8859-1 is accepted",
    ),
    ("process.xml_entity", "不接受自定义实体：{detail}", "Custom entities are refused: {detail}"),
];
