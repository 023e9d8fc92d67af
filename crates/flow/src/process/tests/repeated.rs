//! Repetition, calls, ad-hoc work, undoing.

use super::*;

fn each(id: &str, attributes: &str, inner: &str) -> String {
    format!(
        "<userTask id=\"{id}\"><multiInstanceLoopCharacteristics {attributes}>{inner}</multiInstanceLoopCharacteristics></userTask>"
    )
}

const LOOP: &str =
    "y:collection=\"people\" y:item=\"person\" y:output=\"opinions\" y:outputItem=\"opinion\"";

#[test]
fn every_one_of_a_collection_is_asked_at_once() {
    let drawing = draw(&["startEvent s0", &each("t", LOOP, ""), "endEvent e"], &["s0 t", "t e"]);
    let mut driver = Driver::begin(&drawing, json!({"people": ["甲", "乙", "丙"]}));
    let people: Vec<Value> = driver
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::OfferTask { locals, .. } => Some(locals["person"].clone()),
            _ => None,
        })
        .collect();
    assert_eq!(people, ["甲", "乙", "丙"]);
    let ids: Vec<Id> = driver.open.keys().copied().collect();
    for (nth, task) in [ids[2], ids[0], ids[1]].into_iter().enumerate() {
        let variables = vars(json!({"opinion": nth}));
        driver.act(&Command::CompleteTask { task, variables }).unwrap();
    }
    assert!(driver.ended());
    assert_eq!(driver.state.variables["opinions"], json!([1, 2, 0]));
    assert!(!driver.state.variables.contains_key("opinion"));
    let driver = Driver::begin(&drawing, json!({"people": []}));
    assert!(driver.ended());
    assert_eq!(driver.state.variables["opinions"], json!([]));
    let code = |value| Driver::new(&drawing).start(value).unwrap_err().code;
    assert_eq!(code(json!({"people": 3})), "process.expression_type");
    assert_eq!(code(json!({"people": vec![1; 600]})), "process.limit_turns");
}

#[test]
fn one_after_the_other_until_enough() {
    let until = "<completionCondition>numberOfCompletedInstances &gt;= 2 or opinion = \"否\"</completionCondition>";
    let attributes = format!("isSequential=\"true\" {LOOP}");
    let drawing =
        draw(&["startEvent s0", &each("t", &attributes, until), "endEvent e"], &["s0 t", "t e"]);
    let people = json!({"people": ["甲", "乙", "丙"]});
    let mut driver = Driver::begin(&drawing, people.clone());
    for _ in 0..2 {
        assert_eq!(driver.tasks().len(), 1);
        driver.done("t", json!({"opinion": "可"}));
    }
    assert!(driver.ended());
    assert_eq!(driver.state.variables["opinions"], json!(["可", "可", null]));
    let mut driver = Driver::begin(&drawing, people.clone());
    driver.done("t", json!({"opinion": "否"}));
    assert!(driver.ended());
    // At once: what is no longer needed is taken back.
    let parallel = drawing.replace("isSequential=\"true\"", "");
    let mut driver = Driver::begin(&parallel, people);
    driver.done("t", json!({"opinion": "否"}));
    assert!(driver.ended());
}

#[test]
fn a_number_of_times_and_a_loop_while() {
    let count = each("t", "", "<loopCardinality>n</loopCardinality>");
    let drawing = draw(&["startEvent s0", &count, "endEvent e"], &["s0 t", "t e"]);
    assert_eq!(Driver::begin(&drawing, json!({"n": 4})).tasks().len(), 4);
    assert!(Driver::begin(&drawing, json!({"n": 0})).ended());
    assert!(Driver::new(&drawing).start(json!({"n": -1})).is_err());
    let again = "<userTask id=\"t\"><standardLoopCharacteristics loopMaximum=\"3\"><loopCondition>again</loopCondition></standardLoopCharacteristics></userTask>";
    let drawing = draw(&["startEvent s0", again, "endEvent e"], &["s0 t", "t e"]);
    for (again, times) in [(true, 3), (false, 1)] {
        let mut driver = Driver::begin(&drawing, json!({}));
        for _ in 0..times {
            assert!(!driver.ended());
            driver.done("t", json!({ "again": again }));
        }
        assert!(driver.ended());
    }
    let before = drawing.replace("loopMaximum", "testBefore=\"true\" loopMaximum");
    assert!(Driver::begin(&before, json!({"again": false})).ended());
}

#[test]
fn a_repeated_sub_process_keeps_its_variables_apart_and_ends_as_one() {
    let inner = draw(&["startEvent s1", "userTask a", "userTask b"], &["s1 a", "a b"]);
    let sub = format!(
        "<subProcess id=\"sub\"><multiInstanceLoopCharacteristics {LOOP}/>{inner}</subProcess>"
    );
    let late = "<boundaryEvent id=\"x\" attachedToRef=\"sub\"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>";
    let drawing = draw(&["startEvent s0", &sub, late, "userTask z"], &["s0 sub", "x z"]);
    let mut driver = Driver::begin(&drawing, json!({"people": [1, 2]}));
    driver.done("a", json!({"opinion": "x"}));
    assert_eq!(driver.tasks(), ["a", "b"]);
    let mut slow = driver.clone();
    driver.done("a", json!({"opinion": "y"}));
    driver.done("b", json!({}));
    driver.done("b", json!({}));
    assert!(driver.ended());
    assert_eq!(driver.state.variables["opinions"], json!(["x", "y"]));
    slow.wait(24).unwrap();
    assert_eq!(slow.tasks(), ["z"]);
}

#[test]
fn a_called_process_gives_back_what_came_of_it() {
    let fault =
        "<boundaryEvent id=\"x\" attachedToRef=\"c\"><errorEventDefinition/></boundaryEvent>";
    let drawing = draw(
        &["startEvent s0", "callActivity c calledElement=查验", fault, "userTask z", "endEvent e"],
        &["s0 c", "c e", "x z"],
    );
    let mut driver = Driver::begin(&drawing, json!({"n": 1}));
    let child = driver.at("查验");
    assert!(
        matches!(&driver.effects[0], Effect::StartChild { variables, .. } if variables["n"] == 1)
    );
    let ended = |status| Command::EndChild { child, status, variables: vars(json!({"n": 2})) };
    let running = driver.act(&ended(Status::Active)).unwrap_err();
    assert_eq!(running.code, "process.child_running");
    let mut failed = driver.clone();
    driver.act(&ended(Status::Completed)).unwrap();
    assert_eq!(driver.state.variables["n"], 2);
    assert!(driver.ended());
    assert_eq!(driver.act(&ended(Status::Completed)).unwrap_err().code, "process.ended");
    failed.act(&ended(Status::Failed("E1".to_owned()))).unwrap();
    assert_eq!(failed.tasks(), ["z"]);
}

#[test]
fn ad_hoc_activities_are_started_at_discretion() {
    let sub = |attributes: &str, until: &str| {
        let inner = draw(&["userTask a", "userTask b", "userTask c"], &["b c"]);
        let sub =
            format!("<adHocSubProcess id=\"h\" {attributes}>{inner}{until}</adHocSubProcess>");
        draw(&["startEvent s0", &sub, "userTask z"], &["s0 h", "h z"])
    };
    let mut driver = Driver::begin(&sub("", ""), json!({}));
    let Effect::OfferActivities { ad_hoc, activities } = driver.effects[0].clone() else {
        panic!("{:?}", driver.effects);
    };
    assert_eq!(activities, ["a", "b"]);
    let start = |activity: &str| Command::StartActivity { ad_hoc, activity: activity.to_owned() };
    assert_eq!(driver.act(&start("c")).unwrap_err().code, "process.activity_unknown");
    assert_eq!(driver.act(&start("z")).unwrap_err().code, "process.activity_unknown");
    for activity in ["a", "a", "b"] {
        driver.act(&start(activity)).unwrap();
    }
    assert_eq!(driver.tasks(), ["a", "a", "b"]);
    let finish = Command::FinishAdHoc { ad_hoc };
    assert_eq!(driver.act(&finish).unwrap_err().code, "process.ad_hoc_busy");
    for task in ["a", "b", "a", "c"] {
        driver.done(task, json!({}));
    }
    driver.act(&finish).unwrap();
    assert_eq!(driver.tasks(), ["z"]);
    assert_eq!(driver.act(&finish).unwrap_err().code, "process.ad_hoc_gone");
    // Ended by its condition; one at a time.
    let until = "<completionCondition>enough</completionCondition>";
    let mut driver = Driver::begin(&sub("", until), json!({}));
    let ad_hoc = driver.state.tokens[0].id;
    let start = |activity: &str| Command::StartActivity { ad_hoc, activity: activity.to_owned() };
    driver.act(&start("a")).unwrap();
    driver.act(&start("b")).unwrap();
    driver.done("a", json!({"enough": true}));
    assert_eq!(driver.tasks(), ["z"]);
    let mut driver = Driver::begin(&sub("ordering=\"Sequential\"", until), json!({}));
    driver.act(&start("a")).unwrap();
    assert_eq!(driver.act(&start("b")).unwrap_err().code, "process.ad_hoc_busy");
}

#[test]
fn what_was_done_is_undone_last_first() {
    let undo = |id: &str| {
        format!(
            "<boundaryEvent id=\"x{id}\" attachedToRef=\"{id}\"><compensateEventDefinition/></boundaryEvent><userTask id=\"u{id}\" isForCompensation=\"true\"/><association id=\"as{id}\" sourceRef=\"x{id}\" targetRef=\"u{id}\"/>"
        )
    };
    let drawing = |one: &str| {
        let throw = format!(
            "<intermediateThrowEvent id=\"k\"><compensateEventDefinition {one}/></intermediateThrowEvent>"
        );
        draw(
            &[
                "startEvent s0",
                "userTask a",
                "userTask b",
                &undo("a"),
                &undo("b"),
                &throw,
                "userTask z",
            ],
            &["s0 a", "a b", "b k", "k z"],
        )
    };
    let mut driver = Driver::begin(&drawing(""), json!({}));
    for task in ["a", "b", "ub", "ua", "z"] {
        assert_eq!(driver.tasks(), [task]);
        driver.done(task, json!({}));
    }
    assert!(driver.ended());
    let mut driver = Driver::begin(&drawing("activityRef=\"a\""), json!({}));
    for task in ["a", "b", "ua", "z"] {
        assert_eq!(driver.tasks(), [task]);
        driver.done(task, json!({}));
    }
    assert!(driver.ended());
}

/// `id` as an embedded sub-process of a task each in a row, all of which can be undone.
fn undoable_sub(id: &str, tasks: &[&str], extra: &str) -> String {
    let mut text = format!("<subProcess id=\"{id}\">{extra}<startEvent id=\"s{id}\"/>");
    let mut last = format!("s{id}");
    for task in tasks {
        text += &format!(
            "<userTask id=\"{task}\"/><sequenceFlow id=\"f{task}\" sourceRef=\"{last}\" targetRef=\"{task}\"/>\
             <boundaryEvent id=\"x{task}\" attachedToRef=\"{task}\"><compensateEventDefinition/></boundaryEvent>\
             <userTask id=\"u{task}\" isForCompensation=\"true\"/>\
             <association id=\"as{task}\" sourceRef=\"x{task}\" targetRef=\"u{task}\"/>"
        );
        last = (*task).to_owned();
    }
    text + "</subProcess>"
}

fn throw(of: &str) -> String {
    format!(
        "<intermediateThrowEvent id=\"k\"><compensateEventDefinition {of}/></intermediateThrowEvent>"
    )
}

#[test]
fn a_sub_process_that_is_done_is_undone_by_what_is_within() {
    let within = undoable_sub("inner", &["c"], "");
    let outer = undoable_sub("outer", &["a", "b"], "").replace(
        "</subProcess>",
        &format!(
            "{within}<sequenceFlow id=\"fi\" sourceRef=\"b\" targetRef=\"inner\"/></subProcess>"
        ),
    );
    let drawn = |of: &str| {
        draw(
            &["startEvent s0", &outer, "userTask mid", &throw(of), "userTask z"],
            &["s0 outer", "outer mid", "mid k", "k z"],
        )
    };
    for of in ["", "activityRef=\"outer\""] {
        let mut driver = Driver::begin(&drawn(of), json!({}));
        for task in ["a", "b", "c", "mid", "uc", "ub", "ua", "z"] {
            assert_eq!(driver.tasks(), [task]);
            driver.done(task, json!({}));
        }
        assert!(driver.ended());
    }
    // In the middle of undoing it goes on under another version.
    let mut driver = Driver::begin(&drawn(""), json!({}));
    for task in ["a", "b", "c", "mid"] {
        driver.done(task, json!({}));
    }
    driver
        .migrate(&drawn("").replace("\"uc\"", "\"uc2\""), json!({"nodes": {"uc": "uc2"}}))
        .unwrap();
    for task in ["uc2", "ub", "ua", "z"] {
        driver.done(task, json!({}));
    }
    assert!(driver.ended());
}

#[test]
fn what_undoes_a_sub_process_stands_for_what_is_within() {
    let text = undoable_sub("sp", &["a"], "")
        + "<boundaryEvent id=\"xp\" attachedToRef=\"sp\"><compensateEventDefinition/></boundaryEvent>\
           <userTask id=\"up\" isForCompensation=\"true\"/>\
           <association id=\"asp\" sourceRef=\"xp\" targetRef=\"up\"/>";
    let drawn =
        draw(&["startEvent s0", &text, &throw(""), "userTask z"], &["s0 sp", "sp k", "k z"]);
    let mut driver = Driver::begin(&drawn, json!({}));
    for task in ["a", "up", "z"] {
        assert_eq!(driver.tasks(), [task]);
        driver.done(task, json!({}));
    }
    assert!(driver.ended());
}

#[test]
fn each_turn_of_a_sub_process_is_undone_with_its_own_element() {
    let each = "<multiInstanceLoopCharacteristics isSequential=\"true\" y:collection=\"xs\" y:item=\"x\"/>";
    let sub = undoable_sub("sp", &["a"], each);
    let drawn = draw(&["startEvent s0", &sub, &throw(""), "userTask z"], &["s0 sp", "sp k", "k z"]);
    let mut driver = Driver::begin(&drawn, json!({"xs": [1, 2]}));
    driver.done("a", json!({}));
    driver.done("a", json!({}));
    for element in [2, 1] {
        assert_eq!(driver.tasks(), ["ua"]);
        let seen = driver.state.tokens.iter().filter_map(|token| token.locals.get("x"));
        assert_eq!(seen.collect::<Vec<_>>(), [&json!(element)]);
        driver.done("ua", json!({}));
    }
    assert_eq!(driver.tasks(), ["z"]);
}

#[test]
fn an_error_while_undoing_is_not_caught_by_the_edge_of_what_is_undone() {
    let edge = "<boundaryEvent id=\"ev\" attachedToRef=\"sp\"><errorEventDefinition/></boundaryEvent><userTask id=\"caught\"/>";
    let sub =
        undoable_sub("sp", &["a"], "").replace("<userTask id=\"ua\"", "<serviceTask id=\"ua\"");
    let drawn = draw(
        &["startEvent s0", &sub, edge, &throw(""), "userTask z"],
        &["s0 sp", "sp k", "k z", "ev caught"],
    );
    let mut driver = Driver::begin(&drawn, json!({}));
    driver.done("a", json!({}));
    let job = driver.state.tokens.last().unwrap().id;
    driver.act(&Command::FailJob { job, code: "E1".to_owned() }).unwrap();
    assert_eq!(driver.state.status, Status::Failed("E1".to_owned()));
}
