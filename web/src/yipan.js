// What the platform reads beside BPMN, for the library that reads and writes documents.

export const yipan = {
  name: "Yipan",
  prefix: "yipan",
  uri: "urn:yipan:process:1",
  xml: { tagAlias: "lowerCase" },
  types: [
    {
      name: "Step",
      extends: ["bpmn:FlowNode", "bpmn:Lane"],
      properties: ["candidates", "limit", "topic", "decision", "form", "result"].map((name) => ({ name, isAttr: true, type: "String" })),
    },
    { name: "Named", extends: ["bpmn:Message"], properties: [{ name: "correlation", isAttr: true, type: "String" }] },
    {
      name: "Input",
      superClass: ["Element"],
      properties: [{ name: "name", isAttr: true, type: "String" }, { name: "text", isBody: true, type: "String" }],
    },
  ],
};
