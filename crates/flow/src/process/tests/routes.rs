//! Tasks, gateways, conditions, sub-processes.

use super::*;

#[test]
fn a_task_is_offered_to_its_lane_and_completed() {
    let lanes = r#"<laneSet id="ls"><lane id="l" name="受理窗口,审批科"><flowNodeRef>a</flowNodeRef></lane></laneSet>"#;
    let drawing = draw(
        &["startEvent s0", lanes, "userTask a name=受理 y:form=f1", "endEvent e"],
        &["s0 a", "a e"],
    );
    let mut driver = Driver::begin(&drawing, json!({"x": 1}));
    let Effect::OfferTask { task, node, name, candidates, form, .. } = &driver.effects[0] else {
        panic!("{:?}", driver.effects);
    };
    assert_eq!((node.as_str(), name.as_str(), form.as_str()), ("a", "受理", "f1"));
    assert_eq!(candidates, &["受理窗口", "审批科"]);
    assert_eq!(driver.state.name(*task), format!("案:{task}"));
    driver.done("a", json!({"y": "好"}));
    assert!(driver.ended());
    assert_eq!(driver.state.variables, vars(json!({"x": 1, "y": "好"})));
    assert_eq!(driver.effects, [Effect::InstanceEnded { status: Status::Completed }]);
}

#[test]
fn an_exclusive_gateway_takes_the_first_that_holds_or_the_default() {
    let drawing = draw(
        &[
            "startEvent s0",
            "exclusiveGateway x default=x_c",
            "userTask a",
            "userTask b",
            "manualTask c",
            "endEvent e",
        ],
        &["s0 x", "x a n > 10", "x b n > 5", "x c", "a e", "b e", "c e"],
    );
    for (n, task) in [(20, "a"), (7, "b"), (1, "c")] {
        assert_eq!(Driver::begin(&drawing, json!({ "n": n })).tasks(), [task]);
    }
    // Null is not true; a text is no truth value.
    assert_eq!(Driver::begin(&drawing, json!({})).tasks(), ["c"]);
    let drawing = drawing.replace("n > 10", "n");
    let error = Driver::new(&drawing).start(json!({"n": "是"})).unwrap_err();
    assert_eq!(error.code, "process.expression_type");
}

#[test]
fn no_way_out_is_refused_and_changes_nothing() {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask t",
            "exclusiveGateway x",
            "userTask a",
            "userTask b",
            "endEvent e",
        ],
        &["s0 t", "t x", "x a n > 1", "x b n > 5", "a e", "b e"],
    );
    let mut driver = Driver::begin(&drawing, json!({"n": 0}));
    let (task, before) = (driver.at("t"), driver.state.clone());
    let error = driver.act(&Command::CompleteTask { task, variables: vars(json!({})) });
    assert_eq!(error.unwrap_err().code, "process.no_path");
    assert_eq!(driver.state, before);
    driver.done("t", json!({"n": 3}));
    assert_eq!(driver.tasks(), ["a"]);
}

#[test]
fn a_parallel_join_waits_for_every_branch_in_every_order() {
    let drawing = draw(
        &[
            "startEvent s0",
            "parallelGateway f",
            "userTask a",
            "userTask b",
            "userTask c",
            "parallelGateway j",
            "endEvent e",
        ],
        &["s0 f", "f a", "f b", "f c", "a j", "b j", "c j", "j e"],
    );
    let mut ends = Vec::new();
    for order in ["abc", "acb", "bac", "bca", "cab", "cba"] {
        let mut driver = Driver::begin(&drawing, json!({}));
        for (nth, task) in order.chars().enumerate() {
            assert_eq!(driver.tasks().len(), 3 - nth);
            driver.done(&task.to_string(), json!({ task.to_string(): true }));
        }
        assert!(driver.ended());
        ends.push((driver.state.variables.clone(), driver.state.revision));
    }
    assert!(ends.iter().all(|end| *end == ends[0]));
}

#[test]
fn an_inclusive_block_waits_for_the_branches_taken() {
    let drawing = draw(
        &[
            "startEvent s0",
            "inclusiveGateway f default=f_c",
            "userTask a",
            "userTask b",
            "userTask c",
            "userTask b2",
            "inclusiveGateway j",
            "userTask z",
            "endEvent e",
        ],
        &["s0 f", "f a a = 1", "f b b = 1", "f c", "a j", "b b2", "b2 j", "c j", "j z", "z e"],
    );
    let mut driver = Driver::begin(&drawing, json!({"a": 1, "b": 1}));
    assert_eq!(driver.tasks(), ["a", "b"]);
    driver.done("a", json!({}));
    driver.done("b", json!({}));
    assert_eq!(driver.tasks(), ["b2"]);
    driver.done("b2", json!({}));
    assert_eq!(driver.tasks(), ["z"]);
    driver.done("z", json!({}));
    assert!(driver.ended());
    let mut driver = Driver::begin(&drawing, json!({"a": 0}));
    driver.done("c", json!({}));
    assert_eq!(driver.tasks(), ["z"]);
}

#[test]
fn conditional_flows_of_a_task_fork_and_the_default_stands_in() {
    let drawing = draw(
        &[
            "startEvent s0",
            "task t default=t_c",
            "userTask a",
            "userTask b",
            "userTask c",
            "endEvent e",
        ],
        &["s0 t", "t a n > 1", "t b n > 2", "t c", "a e", "b e", "c e"],
    );
    assert_eq!(Driver::begin(&drawing, json!({"n": 3})).tasks(), ["a", "b"]);
    assert_eq!(Driver::begin(&drawing, json!({"n": 2})).tasks(), ["a"]);
    assert_eq!(Driver::begin(&drawing, json!({"n": 0})).tasks(), ["c"]);
}

#[test]
fn a_terminate_end_takes_back_what_runs() {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask a",
            "userTask b",
            "<endEvent id=\"e\"><terminateEventDefinition/></endEvent>",
        ],
        &["s0 a", "s0 b", "a e"],
    );
    let mut driver = Driver::begin(&drawing, json!({}));
    driver.done("a", json!({}));
    assert_eq!(driver.state.status, Status::Terminated);
    assert!(matches!(driver.effects[0], Effect::WithdrawTask { .. }));
}

#[test]
fn jobs_scripts_and_messages() {
    let drawing = draw(
        &[
            "startEvent s0",
            "<scriptTask id=\"k\" scriptFormat=\"FEEL\" y:result=\"total\"><script>n + 1</script></scriptTask>",
            "<scriptTask id=\"k2\"><script>= {twice: total + total, \"x\": 1}</script></scriptTask>",
            "serviceTask j y:topic=查询 y:result=answer",
            "businessRuleTask d y:decision=r1 y:result=verdict",
            "sendTask q messageRef=m2",
            "endEvent e",
        ],
        &["s0 k", "k k2", "k2 j", "j d", "d q", "q e"],
    )
    .replace("\"x\": 1", "x: 1");
    let mut driver = Driver::begin(&drawing, json!({"n": 1, "number": "豫1"}));
    assert_eq!(driver.state.variables["twice"], 4);
    let job = driver.at("j");
    driver.act(&Command::CompleteJob { job, variables: vars(json!({"a": 1, "b": 2})) }).unwrap();
    assert_eq!(driver.state.variables["answer"], json!({"a": 1, "b": 2}));
    let late = driver.act(&Command::CompleteJob { job, variables: vars(json!({})) });
    assert_eq!(late.unwrap_err().code, "process.job_gone");
    let job = driver.at("d");
    driver.act(&Command::CompleteJob { job, variables: vars(json!({"result": "准予"})) }).unwrap();
    assert_eq!(driver.state.variables["verdict"], "准予");
    assert_eq!(driver.sent, ["回函"]);
    let Effect::SendMessage { correlation, .. } = &driver.effects[0] else {
        panic!("{:?}", driver.effects);
    };
    assert_eq!(correlation, "豫1");
    assert!(driver.ended());
}

#[test]
fn a_sub_process_ends_when_its_last_token_does() {
    let inner = draw(
        &["startEvent s1", "userTask a", "userTask b", "endEvent e1"],
        &["s1 a", "s1 b", "a e1"],
    );
    let sub = format!("<subProcess id=\"sub\">{inner}</subProcess>");
    let drawing =
        draw(&["startEvent s0", &sub, "userTask z", "endEvent e"], &["s0 sub", "sub z", "z e"]);
    let mut driver = Driver::begin(&drawing, json!({}));
    driver.done("b", json!({}));
    driver.done("a", json!({}));
    assert_eq!(driver.tasks(), ["z"]);
    driver.done("z", json!({}));
    assert!(driver.ended());
}

#[test]
fn a_sub_process_without_a_start_event_begins_wherever_no_flow_leads() {
    let inner = draw(
        &[
            "userTask a",
            "intermediateCatchEvent w messageRef=go",
            "userTask b",
            "exclusiveGateway x default=x_d",
            "userTask c",
            "userTask d",
            "boundaryEvent t attachedToRef=a",
            "userTask late",
            "userTask undo isForCompensation=true",
        ],
        &["w b", "x c n > 1", "x d", "t late"],
    );
    let inner = inner
        .replace(
            "<intermediateCatchEvent id=\"w\" messageRef=\"go\"/>",
            "<intermediateCatchEvent id=\"w\"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>",
        )
        .replace(
            "<boundaryEvent id=\"t\" attachedToRef=\"a\"/>",
            "<boundaryEvent id=\"t\" attachedToRef=\"a\"><timerEventDefinition><timeDuration>PT9H</timeDuration></timerEventDefinition></boundaryEvent>",
        );
    let sub = format!("<subProcess id=\"sub\">{inner}</subProcess>");
    let drawing =
        draw(&["startEvent s0", &sub, "userTask z", "endEvent e"], &["s0 sub", "sub z", "z e"]);
    let mut driver = Driver::begin(&drawing, json!({ "n": 3 }));
    assert_eq!(driver.tasks(), ["a", "c"], "not what a boundary event or a failure begins");
    driver.now = driver.now.plus_us(kernel::time::HOUR_US);
    let timers: Vec<Id> =
        driver.open.iter().filter(|(_, (kind, _))| *kind == "timer").map(|(id, _)| *id).collect();
    assert_eq!(timers.len(), 2);
    let fired =
        timers.iter().filter(|timer| driver.act(&Command::FireTimer { timer: **timer }).is_ok());
    assert_eq!(fired.count(), 1, "the event that no flow leads to has begun to wait");
    for task in ["a", "b", "c"] {
        assert_ne!(driver.tasks(), ["z"], "the sub-process goes on until all have ended");
        driver.done(task, json!({}));
    }
    assert_eq!(driver.tasks(), ["z"]);
    // A start event that is drawn is the only beginning.
    let inner = draw(&["startEvent s1", "userTask a", "userTask b"], &["s1 a"]);
    let sub = format!("<subProcess id=\"sub\">{inner}</subProcess>");
    let drawing = draw(&["startEvent s0", &sub, "endEvent e"], &["s0 sub", "sub e"]);
    assert_eq!(broken(&drawing)[0].rule, "process.unreachable");
}

#[test]
fn twice_late_and_after_the_end_are_refused() {
    let drawing =
        draw(&["startEvent s0", "userTask a", "userTask b", "endEvent e"], &["s0 a", "a b", "b e"]);
    let mut driver = Driver::new(&drawing);
    let complete = |task| Command::CompleteTask { task, variables: vars(json!({})) };
    assert_eq!(driver.act(&complete(1)).unwrap_err().code, "process.not_started");
    driver.start(json!({})).unwrap();
    assert_eq!(driver.start(json!({})).unwrap_err().code, "process.already_started");
    let first = driver.at("a");
    driver.done("a", json!({}));
    // A stale page names the first task, never the one after it.
    assert_ne!(first, driver.at("b"));
    assert_eq!(driver.act(&complete(first)).unwrap_err().code, "process.task_gone");
    driver.now = MONDAY.plus_hours(-1);
    let b = driver.at("b");
    assert_eq!(driver.act(&complete(b)).unwrap_err().code, "process.clock_set_back");
    driver.now = MONDAY;
    driver.done("b", json!({}));
    assert_eq!(driver.act(&complete(b)).unwrap_err().code, "process.ended");
    assert_eq!(driver.act(&Command::Cancel).unwrap_err().code, "process.ended");
}

#[test]
fn cancelling_takes_everything_back() {
    let drawing = draw(
        &[
            "startEvent s0",
            "userTask a",
            "serviceTask b",
            "receiveTask c messageRef=m",
            "callActivity d calledElement=q",
        ],
        &["s0 a", "s0 b", "s0 c", "s0 d"],
    );
    let mut driver = Driver::begin(&drawing, json!({}));
    assert_eq!(driver.open.len(), 4);
    driver.act(&Command::Cancel).unwrap();
    assert_eq!(driver.state.status, Status::Cancelled);
    assert!(driver.open.is_empty());
}

#[test]
fn a_loop_without_a_wait_is_refused() {
    let drawing = draw(
        &[
            "startEvent s0",
            "exclusiveGateway back",
            "task t",
            "exclusiveGateway x default=x_back",
            "endEvent e",
        ],
        &["s0 back", "back t", "t x", "x e n = 1", "x back"],
    );
    assert_eq!(Driver::new(&drawing).start(json!({})).unwrap_err().code, "process.endless");
    let mut driver = Driver::new(&drawing);
    driver.start(json!({"n": 1})).unwrap();
    assert!(driver.ended());
}

#[test]
fn variables_and_tokens_are_bounded() {
    let drawing = draw(&["startEvent s0", "userTask a"], &["s0 a"]);
    let big = "长".repeat(100_000);
    let code = |value| Driver::new(&drawing).start(value).unwrap_err().code;
    assert_eq!(code(json!({ "x": big })), "process.limit_variables");
    let mut deep = json!(1);
    for _ in 0..40 {
        deep = json!([deep]);
    }
    assert_eq!(code(json!({ "x": deep })), "process.variable");
    assert_eq!(code(json!({ "": 1 })), "process.variable");
}

#[test]
fn a_foreign_or_damaged_state_is_refused() {
    let drawing = draw(&["startEvent s0", "userTask a"], &["s0 a"]);
    let driver = Driver::begin(&drawing, json!({}));
    let env = Env { now: MONDAY, evaluate: &Tiny, working: &Weekdays };
    let text = serde_json::to_string(&driver.state).unwrap();
    assert!(text.len() < 400, "{text}");
    for (from, to) in [
        ("\"process\":\"p\"", "\"process\":\"q\""),
        ("\"node\":1", "\"node\":99"),
        ("\"scope\":1", "\"scope\":7"),
        ("\"version\":1", "\"version\":9"),
        ("\"container\":0", "\"container\":9"),
        ("\"status\":\"active\"", "\"status\":\"new\""),
    ] {
        assert!(text.contains(from), "{text} {from}");
        let state: State = serde_json::from_str(&text.replace(from, to)).unwrap();
        assert!(step(&driver.definition, &state, &Command::Cancel, &env).is_err(), "{to}");
    }
}
