// The words of the decision table's surface in Chinese; in English they are the library's own.

const CHINESE = {
  "When": "当", "And": "且", "Then": "则", "Annotations": "依据", "Input": "输入", "Output": "输出",
  "Hit policy:": "命中策略：", "Hit Policy": "命中策略", "Hit policy": "命中策略", "Aggregation:": "汇总：", "Aggregation": "汇总",
  "Unique": "唯一", "First": "首个", "Priority": "优先", "Any": "任一", "Collect": "收集",
  "Rule order": "按规则次序", "Output order": "按输出次序",
  "Sum": "求和", "Min": "最小", "Max": "最大", "Count": "计数", "None": "不汇总",
  "Add rule": "添加规则", "Add Rule": "添加规则", "Add input": "添加输入", "Add Input": "添加输入",
  "Add output": "添加输出", "Add Output": "添加输出", "Add above": "在上面添加", "Add below": "在下面添加",
  "Add left": "在左边添加", "Add right": "在右边添加", "Remove": "删除", "Copy": "复制", "Cut": "剪切",
  "Paste": "粘贴", "Edit": "修改", "Description": "说明", "Add description": "添加说明",
  "Expression": "表达式", "Input label": "输入名称", "Output label": "输出名称", "Output name": "输出变量",
  "Input expression": "输入表达式", "Type": "类型", "Predefined values": "允许的值", "Add predefined values": "添加允许的值",
  "Decision": "决策", "Input data": "输入数据", "Knowledge source": "知识来源", "Business knowledge model": "业务知识模型",
  "Text annotation": "文字注解", "Variable name": "变量名", "Variable type": "变量类型", "Edit decision table": "改决策表",
};

/** The module that translates, for the language of a page. */
export function words(lang) {
  const chinese = lang.startsWith("zh");
  const translate = (text, values = {}) => {
    const said = (chinese && CHINESE[text]) || text;
    return said.replace(/\{([^}]+)\}/g, (whole, name) => values[name] ?? whole);
  };
  return { translate: ["value", translate] };
}
