//! Charts stay charts whatever numbers come: finite coordinates, escaped text, a table.

use super::*;
use proptest::prelude::*;

fn meta() -> Meta<'static> {
    Meta {
        id: "m",
        lang: Lang::Zh,
        title: "按期<率>",
        desc: "八个市",
        rows: "市州",
        unit: "%",
        decimals: 1,
    }
}

/// What must hold of every chart, whatever is in it.
fn sound(svg: &str) {
    assert!(
        svg.starts_with("<svg class=\"c-chart\"")
            && svg.contains("<title id=\"m-t\">按期&lt;率&gt;")
    );
    assert!(svg.contains("<table") && !svg.contains("style="), "{svg}");
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
}

#[test]
fn a_bar_that_misses_its_target_says_so_in_words() {
    let row = |value, target, lower| Bar {
        label: "平均用时".into(),
        value: Some(value),
        target: Some(target),
        lower_is_better: lower,
        href: None,
    };
    assert!(bullets(&meta(), &[row(1.7, 1.5, true)]).contains("未达目标"));
    assert!(!bullets(&meta(), &[row(1.4, 1.5, true)]).contains("未达目标"));
    assert!(bullets(&meta(), &[row(97.1, 98.0, false)]).contains("未达目标"));
}

#[test]
fn counts_are_measured_in_whole_steps_and_words_stand_apart() {
    for (highest, top) in [(1.0, "4"), (8.0, "8"), (9.0, "20"), (34.0, "40"), (41.0, "80")] {
        let ticks = ["a".to_owned()];
        let series = Series { name: "n".into(), values: vec![Some(highest)] };
        let counts = Meta { unit: "cases", decimals: 0, ..meta() };
        let svg = trend(&counts, &ticks, &[series], None);
        assert!(svg.contains(&format!(">{top}</text>")), "{highest}: {svg}");
        assert!(svg.contains(&format!("n {highest} cases")), "{svg}");
        let axis = svg.matches("text-anchor=\"end\">").count();
        assert_eq!(axis, 5, "{svg}");
        assert!(
            !svg.split("text-anchor=\"end\">")
                .skip(1)
                .any(|t| t.split('<').next().is_some_and(|t| t.contains('.'))),
            "{svg}"
        );
    }
}

#[test]
fn a_target_is_told_under_the_whole_name() {
    let name = "高频事项一件事一次办、跨省通办、掌上办、秒批覆盖率";
    let row = Bar { label: name.into(), value: Some(1.0), target: Some(2.0), ..Bar::default() };
    let svg = bullets(&meta(), &[row]);
    assert!(svg.contains(&format!(">{name}</text>")), "{svg}");
}

#[test]
fn a_city_without_a_figure_is_told_as_missing() {
    let city =
        |mark, value| City { mark, name: mark.to_string(), value, href: Some("/c?a=1&b".into()) };
    let svg =
        stones(&meta(), "AAB\n.BB", &[city('A', None), city('B', Some(99.5))], [99.0, 99.2, 99.4]);
    sound(&svg);
    assert!(svg.contains("没有数据") && svg.contains("示意图"));
    assert!(svg.contains("href=\"/c?a=1&amp;b\""));
}

#[test]
fn a_line_breaks_where_a_value_is_missing() {
    let ticks: Vec<String> = (1..=4).map(|m| format!("{m}月")).collect();
    let series =
        Series { name: "办件".into(), values: vec![Some(1.0), None, Some(3.0), Some(2.0)] };
    let svg = trend(&meta(), &ticks, &[series], Some(Target { value: 4.0 }));
    sound(&svg);
    let path = svg.split("class=\"line s1\" d=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(path.matches('M').count(), 2);
}

#[test]
fn a_long_label_is_cut_in_the_picture_and_whole_in_the_table() {
    let long = "办理时间特别长的一件事情的完整名称在这里写不下";
    let row = Bar { label: long.into(), value: Some(3.0), ..Bar::default() };
    let svg = bars(&meta(), &[row]);
    let (picture, table) = svg.split_once("</svg>").unwrap();
    assert!(picture.contains('…') && !picture.contains(long) && table.contains(long));
}

#[test]
fn the_scale_is_a_round_number_not_below_the_value() {
    for (value, round) in
        [(0.0, 1.0), (1.0, 1.0), (1.1, 2.0), (2.4, 2.5), (4.6, 5.0), (756.0, 1000.0)]
    {
        assert!((round_up(value) - round).abs() < 1e-9, "{value}");
    }
}

proptest! {
    #[test]
    fn no_number_breaks_a_chart(values in proptest::collection::vec(any::<f64>(), 0..80), label in ".{0,20}") {
        let rows: Vec<Bar> = values.iter().map(|value| Bar { label: label.clone(), value: Some(*value), target: Some(-*value), ..Bar::default() }).collect();
        let stacks: Vec<Stack> = values.iter().map(|value| Stack { label: label.clone(), values: vec![*value, 1.0], href: None }).collect();
        let parts = [Part { name: label.clone(), kind: "warn" }, Part { name: label.clone(), kind: "" }];
        let ticks: Vec<String> = values.iter().map(|_| "t".to_owned()).collect();
        let series = Series { name: label.clone(), values: values.iter().copied().map(Some).collect() };
        sound_numbers(&bars(&meta(), &rows));
        sound_numbers(&bullets(&meta(), &rows));
        sound_numbers(&stacked(&meta(), &parts, &stacks));
        sound_numbers(&trend(&meta(), &ticks, &[series], Some(Target { value: 3.0 })));
    }
}

/// Coordinates only: labels here are arbitrary text.
fn sound_numbers(svg: &str) {
    for name in ["x", "y", "width", "height", "cx", "cy"] {
        for piece in svg.split(&format!(" {name}=\"")).skip(1) {
            let number = piece.split('"').next().unwrap();
            assert!(number.parse::<f64>().is_ok_and(f64::is_finite), "{name}={number}");
        }
    }
    assert!(!svg.contains("style="));
}
