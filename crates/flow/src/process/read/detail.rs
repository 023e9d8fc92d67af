//! What hangs on a node: the definition of its event, its message, how it repeats.

use super::{MessageFlow, Reader, is_blank, local_ref, unsupported};
use crate::process::model::{Each, Message, Repeat, Throw, Trigger};
use crate::process::time;
use crate::process::xml::{Element, Space};
use kernel::Timestamp;
use std::collections::BTreeMap;

impl<'a> Reader<'a> {
    /// The one event definition of an event.
    fn definition(&mut self, element: &'a Element) -> Option<&'a Element> {
        let is_definition = |child: &&Element| {
            child.space == Space::Bpmn
                && (child.local().ends_with("EventDefinition")
                    || child.local() == "eventDefinitionRef")
        };
        let all: Vec<&Element> = element.elements().filter(is_definition).collect();
        if all.len() > 1 || element.get("parallelMultiple") == Some("true") {
            self.fault("process.event_multiple", element, all.len());
        }
        let first = all.first().copied()?;
        if first.local() != "eventDefinitionRef" {
            return Some(first);
        }
        let reference = local_ref(&first.text());
        let shared = self.world.events.get(&reference).copied();
        if shared.is_none() {
            self.fault("process.reference", element, &reference);
        }
        shared
    }

    pub(super) fn trigger(&mut self, event: &'a Element) -> Trigger {
        let Some(definition) = self.definition(event) else {
            return Trigger::None;
        };
        match definition.local() {
            "timerEventDefinition" => self.timer(event, definition),
            "messageEventDefinition" => Trigger::Message(self.message(event, definition)),
            "signalEventDefinition" => Trigger::Signal(self.signal(event, definition)),
            "conditionalEventDefinition" => {
                let condition = definition.child("condition").filter(|one| !is_blank(one));
                if let Some(condition) = condition {
                    self.language(condition);
                }
                let text = condition.map(Element::text).unwrap_or_default();
                Trigger::Condition(self.expression(event, &text))
            }
            "errorEventDefinition" => {
                let codes = self.world.errors.clone();
                Trigger::Error(self.code(event, definition.get("errorRef"), &codes))
            }
            "escalationEventDefinition" => {
                let codes = self.world.escalations.clone();
                Trigger::Escalation(self.code(event, definition.get("escalationRef"), &codes))
            }
            "compensateEventDefinition" => Trigger::Compensation,
            "linkEventDefinition" => {
                Trigger::Link(definition.get("name").unwrap_or_default().to_owned())
            }
            _ => {
                self.findings.push(unsupported(definition));
                Trigger::None
            }
        }
    }

    pub(super) fn throw(&mut self, event: &'a Element) -> Throw {
        let Some(definition) = self.definition(event) else {
            return Throw::None;
        };
        match definition.local() {
            "terminateEventDefinition" => Throw::Terminate,
            "messageEventDefinition" => Throw::Message(self.message(event, definition)),
            "signalEventDefinition" => Throw::Signal(self.signal(event, definition)),
            "errorEventDefinition" => {
                let codes = self.world.errors.clone();
                let code = self.code(event, definition.get("errorRef"), &codes);
                Throw::Error(self.needed(event, definition, "errorRef", code))
            }
            "escalationEventDefinition" => {
                let codes = self.world.escalations.clone();
                let code = self.code(event, definition.get("escalationRef"), &codes);
                Throw::Escalation(self.needed(event, definition, "escalationRef", code))
            }
            "compensateEventDefinition" => {
                Throw::Compensation(definition.get("activityRef").map(local_ref))
            }
            "linkEventDefinition" => {
                Throw::Link(definition.get("name").unwrap_or_default().to_owned())
            }
            _ => {
                self.findings.push(unsupported(definition));
                Throw::None
            }
        }
    }

    /// What is thrown has a code. A reference that leads nowhere is told already.
    fn needed(
        &mut self,
        event: &Element,
        definition: &Element,
        name: &'static str,
        code: Option<String>,
    ) -> String {
        if code.is_none() && definition.get(name).is_none_or(|given| given.trim().is_empty()) {
            self.fault("process.reference_missing", event, name);
        }
        code.unwrap_or_default()
    }

    /// A reference that should lead somewhere and does not: it is not given, or leads nowhere.
    fn lost(&mut self, element: &Element, name: &'static str, reference: &str) {
        match reference {
            "" => self.fault("process.reference_missing", element, name),
            _ => self.fault("process.reference", element, reference),
        }
    }

    fn code(
        &mut self,
        event: &Element,
        reference: Option<&str>,
        codes: &BTreeMap<String, String>,
    ) -> Option<String> {
        let reference = local_ref(reference?);
        if reference.is_empty() {
            return None;
        }
        let code = codes.get(&reference).cloned();
        if code.is_none() {
            self.fault("process.reference", event, &reference);
        }
        code
    }

    fn signal(&mut self, event: &Element, definition: &Element) -> String {
        let reference = definition.get("signalRef").map(local_ref).unwrap_or_default();
        match self.world.signals.get(&reference) {
            Some(name) => name.clone(),
            None => {
                self.lost(event, "signalRef", &reference);
                String::new()
            }
        }
    }

    /// The message of a node: the one it names, or the one of the message flow drawn at it.
    pub(super) fn message(&mut self, node: &Element, holder: &Element) -> Message {
        let reference = holder.get("messageRef").map(local_ref).unwrap_or_default();
        let named = match reference.is_empty() {
            true => self.carried(node),
            false => self.world.messages.get(&reference).cloned(),
        };
        let Some(mut message) = named else {
            self.lost(node, "messageRef", &reference);
            return Message { name: String::new(), correlation: String::new() };
        };
        if let Some(own) = node.own("correlation").or(holder.own("correlation")) {
            own.clone_into(&mut message.correlation);
        }
        if !message.correlation.is_empty() {
            message.correlation = self.expression(node, &message.correlation.clone());
        }
        message
    }

    /// What the message flows at a node carry, when all carry the same.
    fn carried(&self, node: &Element) -> Option<Message> {
        let id = node.get("id")?;
        let here = |flow: &&MessageFlow| flow.source == id || flow.target == id;
        let mut carried = self.world.message_flows.iter().filter(here).map(|flow| &flow.message);
        let first = carried.next().filter(|message| !message.name.is_empty())?;
        carried.all(|message| message == first).then(|| first.clone())
    }

    fn timer(&mut self, event: &Element, definition: &'a Element) -> Trigger {
        let names = ["timeDate", "timeDuration", "timeCycle"];
        let said = |name| definition.child(name).filter(|one| !is_blank(one));
        let mut found = names.into_iter().filter_map(said);
        let (first, second) = (found.next(), found.next());
        if let Some(period) = definition.own("period") {
            return self.period(event, period, first.is_none());
        }
        let (Some(element), None) = (first, second) else {
            self.fault("process.timer_missing", event, "timer");
            return Trigger::Timer(String::new());
        };
        let text = element.text();
        let literal = time::due(&text, Timestamp::EPOCH);
        let fits = match (element.local(), literal) {
            (_, None) if time::is_written(&text) => false,
            (_, None) => {
                self.language(element);
                return Trigger::Timer(self.expression(event, &text));
            }
            ("timeCycle", Some(due)) => due.cycle.is_some(),
            ("timeDuration", Some(_)) => text.starts_with('P'),
            (_, Some(due)) => due.cycle.is_none() && !text.starts_with('P'),
        };
        if !fits {
            self.fault("process.timer_missing", event, &text);
        }
        Trigger::Timer(text)
    }

    /// A timer's `period`: days of the working calendar, `5wd`, or an expression that gives them.
    /// Beside a time of BPMN it would be two clocks for one event.
    fn period(&mut self, event: &Element, text: &str, alone: bool) -> Trigger {
        let text = text.trim();
        if !alone || text.is_empty() || time::due(text, Timestamp::EPOCH).is_some() {
            self.fault("process.timer_period", event, text);
        }
        match time::working_days(text) {
            Some(_) => Trigger::Timer(text.to_owned()),
            None => Trigger::Timer(self.expression(event, text)),
        }
    }

    pub(super) fn repeat(&mut self, element: &'a Element) -> Option<Repeat> {
        if let Some(one) = element.child("standardLoopCharacteristics") {
            let max = one.get("loopMaximum").map(str::parse::<u32>);
            if matches!(max, Some(Err(_) | Ok(0))) {
                self.fault("process.loop", element, "loopMaximum");
            }
            let max = max.and_then(Result::ok);
            let condition = self.expression_of(one, "loopCondition");
            if max.is_none() && condition.is_empty() {
                self.fault("process.loop", element, "loopCondition");
            }
            let before = one.get("testBefore") == Some("true");
            return Some(Repeat::Loop { condition, before, max });
        }
        let one = element.child("multiInstanceLoopCharacteristics")?;
        if one.get("behavior").is_some_and(|behavior| behavior != "All") {
            self.fault("process.loop", element, "behavior");
        }
        let named = |name: &'a str| {
            let item = one.child(name);
            let text = item.and_then(|item| item.get("name").or(item.get("id")));
            text.unwrap_or_default().to_owned()
        };
        let reference = |name| one.child(name).map(Element::text).unwrap_or_default();
        let given =
            |own: &str, otherwise: String| one.own(own).map(str::to_owned).unwrap_or(otherwise);
        let each = Each {
            sequential: one.get("isSequential") == Some("true"),
            cardinality: self.expression_of(one, "loopCardinality"),
            collection: given("collection", reference("loopDataInputRef")),
            item: given("item", named("inputDataItem")),
            output: given("output", reference("loopDataOutputRef")),
            output_item: given("outputItem", named("outputDataItem")),
            until: self.expression_of(one, "completionCondition"),
        };
        if !each.collection.is_empty() {
            self.expression(element, &each.collection);
        }
        if each.cardinality.is_empty() == each.collection.is_empty() {
            self.fault("process.loop", element, "loopCardinality, collection");
        }
        if each.output.is_empty() != each.output_item.is_empty() {
            self.fault("process.loop", element, "outputDataItem");
        }
        Some(Repeat::Each(each))
    }
}
