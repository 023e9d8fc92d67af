//! Every built-in function of DMN 1.5, and what the language says of types, nulls and time: one
//! line an expression, `=>`, and the JSON of its value.

use super::try_value;
use serde_json::{Value as Json, json};

/// Evaluates every line and tells of all that differ at once.
fn hold(table: &str) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, expected) = line.rsplit_once(" => ").unwrap_or_else(|| panic!("{line}"));
        let expected: Json =
            serde_json::from_str(expected).unwrap_or_else(|e| panic!("{line}: {e}"));
        let found = try_value(text.trim(), json!({}));
        if found != Ok(expected) {
            wrong.push(format!("{line}   but {found:?}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn conversion() {
    hold(
        r#"
        date("2012-12-25") - date("2012-12-24") = duration("P1D") => true
        date(date and time("2012-12-24T23:59:00")) => "2012-12-24"
        date(date("2012-12-24")) => "2012-12-24"
        date(2012, 12, 24) => "2012-12-24"
        date(year: 2012, month: 12, day: 24) => "2012-12-24"
        date(from: "2012-12-24") => "2012-12-24"
        date(2012, 2, 30) => null
        date(2012, 13, 1) => null
        date("2012-13-01") => null
        date("2012-12-24T00:00:00") => null
        date("2012-1-1") => null
        date("+2012-12-02") => null
        date("01211-12-31") => null
        date("9999999999-12-25") => null
        date("") => null
        date(null) => null
        date(1) => null
        date and time(date("2012-12-24"), time("23:59:00")) => "2012-12-24T23:59:00"
        date and time(date and time("2012-12-24T01:00:00"), time("23:59:00")) => "2012-12-24T23:59:00"
        date and time("2012-12-24T23:59:00") => "2012-12-24T23:59:00"
        date and time("2012-12-24") => "2012-12-24T00:00:00"
        date and time("2012-12-24T23:59:00Z") => "2012-12-24T23:59:00Z"
        date and time("2012-12-24T23:59:00+02:00") => "2012-12-24T23:59:00+02:00"
        date and time("2012-12-24T23:59:00@Europe/Paris") => "2012-12-24T23:59:00@Europe/Paris"
        date and time("2017-02-28T23:59:60") => null
        date and time("2017-02-29T10:00:00") => null
        date and time("2017-02-28T25:00:00") => null
        date and time("2017-02-28T10:00:00xyz") => null
        date and time(null) => null
        date and time(null, time("10:00:00")) => null
        time("23:59:00z") + duration("PT2M") = time("00:01:00Z") => true
        time(date and time("2012-12-24T23:59:00")) => "23:59:00"
        time(date and time("2012-12-24T23:59:00Z")) => "23:59:00Z"
        time(date("2017-08-10")) => "00:00:00Z"
        time(23, 59, 0, duration("PT0H")) => "23:59:00Z"
        time(23, 59, 0) => "23:59:00"
        time(23, 59, 0, null) => "23:59:00"
        time(23, 59, 0, duration("PT5H30M")) => "23:59:00+05:30"
        time(24, 0, 0) => null
        time(1, 60, 0) => null
        time("23:59:60") => null
        time("23:59") => null
        time("7:00:00") => null
        time(null) => null
        number("1 000,0", " ", ",") => 1000
        number("1,000.00", ",", ".") => 1000
        number("1.000,5", ".", ",") => 1000.5
        number("1", null, null) => 1
        number("-1.5", null, ".") => -1.5
        number("1,1", ",", ",") => null
        number("1", "x", ".") => null
        number("abc", ",", ".") => null
        number(null, ",", ".") => null
        string(1.1) => "1.1"
        string("a") => "a"
        string(true) => "true"
        string(null) => null
        string([1, 2, "a"]) => "[1, 2, \"a\"]"
        string({a: "foo", b: {c: null}}) => "{a: \"foo\", b: {c: null}}"
        string([]) => "[]"
        string(date("2012-12-25")) => "2012-12-25"
        string(time("10:20:30Z")) => "10:20:30Z"
        string(date and time("2012-12-25T10:20:30.5")) => "2012-12-25T10:20:30.5"
        string(duration("P1Y2M")) => "P1Y2M"
        string(duration("P26M")) => "P2Y2M"
        string(duration("PT26H")) => "P1DT2H"
        string(duration("PT0S")) => "PT0S"
        string(duration("P0Y")) => "P0M"
        string(-duration("PT1H30M")) => "-PT1H30M"
        duration("P2DT20H14M") => "P2DT20H14M"
        duration("P1Y1D") => null
        duration("P1YT1H") => null
        duration("P") => null
        duration("PT") => null
        duration("P1.5Y") => null
        duration("1D") => null
        duration("") => null
        duration(null) => null
        years and months duration(date("2011-12-22"), date("2013-08-24")) => "P1Y8M"
        years and months duration(date("2013-08-24"), date("2011-12-22")) => "-P1Y8M"
        years and months duration(date("2016-01-30"), date("2016-02-29")) => "P0M"
        years and months duration(date and time("2017-12-31T13:00:00"), date and time("2019-10-01T12:32:59")) => "P1Y9M"
        years and months duration(date("2011-12-22"), date and time("2013-08-24T00:00:00")) => "P1Y8M"
        years and months duration(null, date("2013-08-24")) => null
        not(true) => false
        not(false) => true
        not(null) => null
        not(0) => null
        "#,
    );
}

#[test]
fn strings() {
    hold(
        r#"
        substring("foobar", 3) => "obar"
        substring("foobar", 3, 3) => "oba"
        substring("foobar", -2, 1) => "a"
        substring("foobar", -6) => "foobar"
        substring("foobar", 3.8) => "obar"
        substring("\U01F40Eab", 2) => "ab"
        substring(string: "foobar", start position: 3) => "obar"
        substring("foobar", 0) => null
        substring("foobar", 10) => null
        substring(null, 1) => null
        substring("foobar", "1") => null
        string length("foo") => 3
        string length("") => 0
        string length("\U01F40Eab") => 3
        string length("\uD83D\uDC0Eab") => 3
        string length("甲乙") => 2
        string length(null) => null
        string length(1) => null
        upper case("aBc4ß") => "ABC4SS"
        lower case("aBc4") => "abc4"
        upper case(null) => null
        lower case(1) => null
        substring before("foobar", "bar") => "foo"
        substring before("foobar", "xyz") => ""
        substring before("foobar", "o") => "f"
        substring before("foobar", "") => ""
        substring after("foobar", "ob") => "ar"
        substring after("", "a") => ""
        substring after("foobar", "") => "foobar"
        substring after("foobar", "xyz") => ""
        substring after("foobar", null) => null
        replace("abcd", "(ab)|(a)", "[1=$1][2=$2]") => "[1=ab][2=]cd"
        replace("abracadabra", "bra", "*") => "a*cada*"
        replace("abracadabra", "a.*a", "*") => "*"
        replace("abracadabra", "a.*?a", "*") => "*c*bra"
        replace("abracadabra", "a", "") => "brcdbr"
        replace("abracadabra", "a(.)", "a$1$1") => "abbraccaddabbra"
        replace("abracadabra", ".*?", "$1") => null
        replace("abc", "x*", "-") => null
        replace(input: "abc", pattern: "X*", replacement: "-", flags: "i") => null
        replace("AAAA", "A+", "b") => "b"
        replace("AAAA", "A+?", "b") => "bbbb"
        replace("darted", "^(.*?)d(.*)$", "$1c$2") => "carted"
        replace("reluctant", "r.*?t", "X") => "Xant"
        replace("0123456789", "(\d{3})(\d{3})(\d{4})", "($1) $2-$3") => "(012) 345-6789"
        replace("abc", "[a-z]", "x", "") => "xxx"
        replace("abc", "B", "x", "i") => "axc"
        replace("a", "[", "b") => null
        replace("a", "a", null) => null
        contains("foobar", "of") => false
        contains("foobar", "oba") => true
        contains("foobar", "") => true
        contains("foobar", null) => null
        starts with("foobar", "fo") => true
        starts with("foobar", "ob") => false
        starts with(1, "1") => null
        ends with("foobar", "r") => true
        ends with("foobar", "a") => false
        matches("foobar", "^fo*b") => true
        matches("foobar", "^Fo*bb") => false
        matches("FoObAr", "fOo", "i") => true
        matches("foo\nbar", "foo.bar") => false
        matches("foo\nbar", "foo.bar", "s") => true
        matches("a\nb", "^b$", "m") => true
        matches("helloworld", " hello world ", "x") => true
        matches("a", "[") => null
        matches("abc", "a", "p") => null
        matches("abc", "\p{L}+") => true
        matches(null, "a") => null
        split("John Doe", "\s") => ["John", "Doe"]
        split("a;b;c;;", ";") => ["a", "b", "c", "", ""]
        split("a1b22c", "\d+") => ["a", "b", "c"]
        split("", ";") => [""]
        split("a", null) => null
        string join(["a", "b", "c"], "_and_") => "a_and_b_and_c"
        string join(["a", "b", "c"], "") => "abc"
        string join(["a", "b", "c"], null) => "abc"
        string join(["a", "b", "c"]) => "abc"
        string join(["a"], "X") => "a"
        string join(["a", null, "c"], "X") => "aXc"
        string join([], "X") => ""
        string join([1]) => null
        string join("a") => "a"
        "#,
    );
}

#[test]
fn lists() {
    hold(
        r#"
        list contains([1, 2, 3], 2) => true
        list contains([1, 2, 3], "2") => false
        list contains([1, null], null) => true
        list contains(null, 1) => null
        list replace([2, 4, 7, 8], 3, 6) => [2, 4, 6, 8]
        list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5) => [5, 5, 7, 8]
        list replace([1, 2], -1, 9) => [1, 9]
        list replace([1], 0, 2) => null
        list replace([1], 2, 2) => null
        count([1, 2, 3]) => 3
        count([]) => 0
        count([1, [2, 3]]) => 2
        count([null]) => 1
        count(1) => 1
        min(1, 2, 3) => 1
        min([1, 2, 3]) => 1
        min([]) => null
        min("c", "a", "b") => "a"
        max("c", "a", "b") => "c"
        max([1]) => 1
        max([1, "a"]) => null
        max(date("2020-01-01"), date("2021-01-01")) => "2021-01-01"
        max([duration("P1D"), duration("PT25H")]) => "P1DT1H"
        min([[1, 2]]) => null
        min(@"10:00:00", @"09:00:00") => "09:00:00"
        min([@"P1Y", @"P11M"]) => "P11M"
        max(list: [@"2020-01-01T00:00:00Z", @"2020-01-01T09:00:00+08:00"]) => "2020-01-01T09:00:00+08:00"
        min(@"2020-01-01T10:00:00+08:00", @"2020-01-01T09:00:00+02:00") => "2020-01-01T10:00:00+08:00"
        max(@"1000-01-01T00:00:00Z", @"9000-01-01T00:00:00+08:00") => "9000-01-01T00:00:00+08:00"
        max(date("2020-01-01"), 1) => null
        sum(1, 2, 3) => 6
        sum([1, 2, 3]) => 6
        sum([]) => null
        sum(1, "a") => null
        sum([1, null]) => null
        sum(0.1, 0.2) => 0.3
        mean(1, 2, 3) => 2
        mean([1, 2]) => 1.5
        mean([]) => null
        mean([1, null]) => null
        product(2, 3, 4) => 24
        product([2, 3, 4]) => 24
        product([]) => null
        median(8, 2, 5, 3, 4) => 4
        median([6, 1, 2, 3]) => 2.5
        median([]) => null
        stddev(2, 4, 7, 5) => "2.081665999466132735282297706979931"
        stddev([47]) => null
        stddev([]) => null
        stddev([1, "a"]) => null
        mode(6, 3, 9, 6, 6) => [6]
        mode([6, 1, 9, 6, 1]) => [1, 6]
        mode([]) => []
        mode([1, null]) => null
        all([true, true]) => true
        all([false, null, true]) => false
        all([]) => true
        all(true) => true
        all([null, true]) => null
        all([true, 0]) => null
        all(0) => null
        all(true, false) => false
        any([false, null, true]) => true
        any([]) => false
        any(false) => false
        any([false, null]) => null
        any([null, true]) => true
        any(list: [null, true]) => true
        any([true, 0]) => null
        any(null) => null
        any(false, true) => true
        sublist([4, 5, 6], 1, 2) => [4, 5]
        sublist([1, 2, 3], 2) => [2, 3]
        sublist([1, 2, 3], -2) => [2, 3]
        sublist([1, 2, 3], -3, 2) => [1, 2]
        sublist([1, 2, 3], 0) => null
        sublist([1, 2, 3], 4) => null
        sublist([1, 2, 3], 1, 4) => null
        append([1], 2, 3) => [1, 2, 3]
        append([1], [2]) => [1, [2]]
        append([], null) => [null]
        concatenate([1, 2], [3]) => [1, 2, 3]
        concatenate([1], [[2]], []) => [1, [2]]
        insert before([1, 3], 1, 2) => [2, 1, 3]
        insert before([1, 2], -1, 9) => [1, 9, 2]
        insert before([1, 2], 0, 9) => null
        insert before([1, 2], 4, 9) => null
        remove([1, 2, 3], 2) => [1, 3]
        remove([1, 2, 3], -1) => [1, 2]
        remove([1], 0) => null
        remove([1], 2) => null
        reverse([1, 2, 3]) => [3, 2, 1]
        reverse([]) => []
        index of([1, 2, 3, 2], 2) => [2, 4]
        index of([1], 9) => []
        index of([1, null], null) => [2]
        index of(null, 1) => null
        union([1, 2], [2, 3]) => [1, 2, 3]
        union([1, null], [null]) => [1, null]
        distinct values([1, 2, 3, 2, 1]) => [1, 2, 3]
        distinct values([1, null, null, "1"]) => [1, null, "1"]
        distinct values([]) => []
        flatten([[1, 2], [[3]], 4]) => [1, 2, 3, 4]
        flatten([]) => []
        sort([3, 1, 4, 5, 2], function(x, y) x < y) => [1, 2, 3, 4, 5]
        sort(list: ["b", "a"], precedes: function(x, y) x < y) => ["a", "b"]
        sort([{a: 2, b: 1}, {a: 1, b: 2}, {a: 2, b: 3}], function(x, y) x.a < y.a).b => [2, 1, 3]
        "#,
    );
}

#[test]
fn numbers() {
    hold(
        r#"
        decimal(1 / 3, 2) => 0.33
        decimal(1.5, 0) => 2
        decimal(2.5, 0) => 2
        decimal(-2.5, 0) => -2
        decimal(125, -1) => 120
        decimal(1, null) => null
        floor(1.5) => 1
        floor(-1.5) => -2
        floor(-1.56, 1) => -1.6
        ceiling(1.5) => 2
        ceiling(-1.5) => -1
        ceiling(-1.56, 1) => -1.5
        round up(5.5, 0) => 6
        round up(-5.5, 0) => -6
        round up(1.121, 2) => 1.13
        round up(-1.126, 2) => -1.13
        round down(5.5, 0) => 5
        round down(-5.5, 0) => -5
        round down(1.121, 2) => 1.12
        round down(-1.126, 2) => -1.12
        round half up(5.5, 0) => 6
        round half up(-5.5, 0) => -6
        round half up(1.121, 2) => 1.12
        round half up(-1.126, 2) => -1.13
        round half down(5.5, 0) => 5
        round half down(-5.5, 0) => -5
        round half down(1.121, 2) => 1.12
        round half down(-1.126, 2) => -1.13
        round up(null, 1) => null
        round half up("1", 1) => null
        abs(-10) => 10
        abs(10) => 10
        abs(@"-PT5H") => "PT5H"
        abs(@"-P1Y") => "P1Y"
        abs(null) => null
        modulo(12, 5) => 2
        modulo(-12, 5) => 3
        modulo(12, -5) => -3
        modulo(-12, -5) => -2
        modulo(10.1, 4.5) => 1.1
        modulo(-10.1, 4.5) => 3.4
        modulo(10.1, -4.5) => -3.4
        modulo(-10.1, -4.5) => -1.1
        modulo(1, 0) => null
        sqrt(16) => 4
        sqrt(-1) => null
        decimal(log(10), 8) => 2.30258509
        log(0) => null
        log(-1) => null
        decimal(exp(5), 8) => 148.41315910
        odd(5) => true
        odd(2) => false
        odd(-1) => true
        even(5) => false
        even(-2) => true
        even(0) => true
        even(null) => null
        2 ** 3 => 8
        10 / 4 => 2.5
        1 / 0 => null
        -5 - -3 => -2
        .5 + 1.5e2 => 150.5
        100 = 100.00 => true
        "#,
    );
}

#[test]
fn ranges() {
    hold(
        r#"
        before(1, 10) => true
        before(10, 1) => false
        before(1, [1..10]) => false
        before(1, (1..10]) => true
        before(1, [5..10]) => true
        before([1..10], 10) => false
        before([1..10), 10) => true
        before([1..10], 15) => true
        before([1..10], [15..20]) => true
        before([1..10], [10..20]) => false
        before([1..10), [10..20]) => true
        before([1..10], (10..20]) => true
        before(null, 1) => null
        after(10, 5) => true
        after(5, 10) => false
        after(12, [1..10]) => true
        after(10, [1..10)) => true
        after(10, [1..10]) => false
        after([11..20], 12) => false
        after([11..20], 10) => true
        after((11..20], 11) => true
        after([11..20], 11) => false
        after([11..20], [1..10]) => true
        after([1..10], [11..20]) => false
        after([11..20], [1..11)) => true
        after((11..20], [1..11]) => true
        meets([1..5], [5..10]) => true
        meets([1..5), [5..10]) => false
        meets([1..5], (5..10]) => false
        meets([1..5], [6..10]) => false
        met by([5..10], [1..5]) => true
        met by([5..10], [1..5)) => false
        met by((5..10], [1..5]) => false
        met by([6..10], [1..5]) => false
        overlaps([1..5], [3..8]) => true
        overlaps([3..8], [1..5]) => true
        overlaps([1..8], [3..5]) => true
        overlaps([3..5], [1..8]) => true
        overlaps([1..5], [6..8]) => false
        overlaps([6..8], [1..5]) => false
        overlaps([1..5], [5..8]) => true
        overlaps([1..5], (5..8]) => false
        overlaps([1..5), [5..8]) => false
        overlaps([1..5), (5..8]) => false
        overlaps([5..8], [1..5]) => true
        overlaps((5..8], [1..5]) => false
        overlaps([5..8], [1..5)) => false
        overlaps before([1..5], [3..8]) => true
        overlaps before([1..5], [6..8]) => false
        overlaps before([1..5], [5..8]) => true
        overlaps before([1..5], (5..8]) => false
        overlaps before([1..5), [5..8]) => false
        overlaps before([1..5), (1..5]) => true
        overlaps before([1..5], (1..5]) => true
        overlaps before([1..5), [1..5]) => false
        overlaps before([1..5], [1..5]) => false
        overlaps after([3..8], [1..5]) => true
        overlaps after([6..8], [1..5]) => false
        overlaps after([5..8], [1..5]) => true
        overlaps after((5..8], [1..5]) => false
        overlaps after([5..8], [1..5)) => false
        overlaps after((1..5], [1..5)) => true
        overlaps after((1..5], [1..5]) => true
        overlaps after([1..5], [1..5)) => false
        overlaps after([1..5], [1..5]) => false
        finishes(10, [1..10]) => true
        finishes(10, [1..10)) => false
        finishes([5..10], [1..10]) => true
        finishes([5..10), [1..10]) => false
        finishes([5..10), [1..10)) => true
        finishes([1..10], [1..10]) => true
        finishes((1..10], [1..10]) => true
        finished by([1..10], 10) => true
        finished by([1..10), 10) => false
        finished by([1..10], [5..10]) => true
        finished by([1..10], [5..10)) => false
        finished by([1..10), [5..10)) => true
        finished by([1..10], [1..10]) => true
        finished by([1..10], (1..10]) => true
        includes([1..10], 5) => true
        includes([1..10], 12) => false
        includes([1..10], 1) => true
        includes((1..10], 1) => false
        includes([1..10), 10) => false
        includes([1..10], [4..6]) => true
        includes([1..10], [1..5]) => true
        includes((1..10], (1..5]) => true
        includes([1..10], (1..10)) => true
        includes([1..10), [5..10)) => true
        includes([1..10], [1..10]) => true
        during(5, [1..10]) => true
        during(12, [1..10]) => false
        during(1, (1..10]) => false
        during([4..6], [1..10]) => true
        during((1..5], (1..10]) => true
        during([1..10], [1..10]) => true
        during([1..10], (1..10]) => false
        starts(1, [1..10]) => true
        starts(1, (1..10]) => false
        starts(2, [1..10]) => false
        starts([1..5], [1..10]) => true
        starts((1..5], (1..10]) => true
        starts((1..5], [1..10]) => false
        starts([1..5], (1..10]) => false
        starts([1..10], [1..10]) => true
        starts((1..10), (1..10)) => true
        started by([1..10], 1) => true
        started by((1..10], 1) => false
        started by([1..10], [1..5]) => true
        started by((1..10], [1..5]) => false
        coincides(5, 5) => true
        coincides(3, 4) => false
        coincides([1..5], [1..5]) => true
        coincides((1..5), [1..5]) => false
        coincides([1..5], [2..6]) => false
        before(@"2020-01-01", [@"2021-01-01"..@"2022-01-01"]) => true
        18 in range("[18..21)") => true
        21 in range("[18..21)") => false
        range("[1..2") => null
        range("") => null
        range(null) => null
        [1..5].start => 1
        [1..5).end included => false
        5 in [1..5) => false
        5 in ]4..6[ => true
        5 in (>= 5) => true
        5 in (< 5, > 7) => false
        "b" in ["a".."c"] => true
        [1..5] = [1..5] => true
        "#,
    );
}

#[test]
fn contexts() {
    hold(
        r#"
        get value({key1: "value1"}, "key1") => "value1"
        get value({a: 1}, "b") => null
        get value(null, "a") => null
        get entries({key1: "value1"}) => [{"key": "key1", "value": "value1"}]
        get entries({}) => []
        get entries(null) => null
        context([{key: "a", value: 1}, {key: "b", value: [2]}]) => {"a": 1, "b": [2]}
        context([]) => {}
        context([{key: "a", value: 1}, {key: "a", value: 2}]) => null
        context([{key: "a"}]) => null
        context put({x: 1}, "y", 2) => {"x": 1, "y": 2}
        context put({x: 1}, "x", 2) => {"x": 2}
        context put({x: 1, y: {a: 0}}, ["y", "a"], 2) => {"x": 1, "y": {"a": 2}}
        context put({x: 1}, [], 2) => null
        context put(null, "a", 1) => null
        context merge([{x: 1}, {y: 2}]) => {"x": 1, "y": 2}
        context merge([{x: 1, y: 0}, {y: 2}]) => {"x": 1, "y": 2}
        {a: 1}.b => null
        {a: 1, b: a + 1}.b => 2
        [{a: 1}, {a: 2}].a => [1, 2]
        {a: 1} = {a: 1} => true
        {a: 1, b: 2} = {b: 2, a: 1} => true
        {a: 1} = {a: 2} => false
        "#,
    );
}

#[test]
fn time() {
    hold(
        r#"
        is(date("2012-12-25"), time("23:00:50")) => false
        is(date("2012-12-25"), date("2012-12-25")) => true
        is(time("23:00:50z"), time("23:00:50")) => false
        is(time("23:00:50z"), time("23:00:50+00:00")) => true
        is(@"P1Y", @"P12M") => true
        is(1, 1.0) => true
        day of year(date(2019, 9, 17)) => 260
        day of week(date(2019, 9, 17)) => "Tuesday"
        month of year(date(2019, 9, 17)) => "September"
        week of year(date(2019, 9, 17)) => 38
        week of year(date(2003, 12, 29)) => 1
        week of year(date(2004, 1, 4)) => 1
        week of year(date(2005, 1, 1)) => 53
        week of year(date(2005, 1, 3)) => 1
        day of week(date and time("2019-09-17T00:00:00")) => "Tuesday"
        day of year(null) => null
        @"2019-01-01" - @"2018-01-01" => "P365D"
        @"2021-01-31" + @"P1M" => "2021-02-28"
        @"2021-03-31" - @"P1M" => "2021-02-28"
        @"2020-02-29" + @"P1Y" => "2021-02-28"
        @"2021-01-12" + @"P1D" => "2021-01-13"
        @"P1D" + @"2021-01-12" => "2021-01-13"
        @"2021-01-12" + @"PT36H" => "2021-01-13"
        @"2021-01-12T13:10:30" + @"PT1H" => "2021-01-12T14:10:30"
        @"2021-01-12T23:10:30Z" - @"PT24H" => "2021-01-11T23:10:30Z"
        @"2021-01-12T13:10:30" - @"2021-01-11T13:10:30" => "P1D"
        @"10:15:00" - @"09:00:00" => "PT1H15M"
        @"10:15:00" + @"PT20H" => "06:15:00"
        @"PT20H" + @"10:15:00+08:00" => "06:15:00+08:00"
        @"10:15:00" - @"PT20H" => "14:15:00"
        @"10:15:00" - @"P3DT0.5S" => "10:14:59.5"
        @"10:15:00" + -@"PT15M1S" => "09:59:59"
        {t: @"23:00:00", d: @"PT90M", r: t + d}.r => "00:30:00"
        @"P1D" + @"PT6H" => "P1DT6H"
        @"P1Y" + @"P3M" => "P1Y3M"
        @"P1Y" + @"P1D" => null
        @"P1D" * 2 => "P2D"
        2 * @"P1Y" => "P2Y"
        @"P1Y" * 1.5 => "P1Y6M"
        @"P1Y" / 2 => "P6M"
        @"P1D" / @"PT6H" => 4
        @"P1Y" / @"P1M" => 12
        @"P1D" / 0 => null
        @"2021-01-12".year => 2021
        @"2021-01-12".month => 1
        @"2021-01-12".day => 12
        @"2021-01-12".weekday => 2
        @"2021-01-17".weekday => 7
        @"2021-01-12".hour => null
        @"2021-01-12T13:10:30Z".hour => 13
        @"2021-01-12T13:10:30+08:00".time offset => "PT8H"
        @"10:11:12".second => 12
        @"10:00:00@Europe/Paris".timezone => "Europe/Paris"
        @"10:00:00".timezone => null
        @"10:00:00".time offset => null
        @"P1DT2H3M4S".hours => 2
        @"P1DT2H3M4S".days => 1
        @"P1DT2H3M4S".seconds => 4
        @"P1Y2M".years => 1
        @"P1Y2M".months => 2
        @"P1Y2M".days => null
        @"2021-01-01" < @"2021-01-02" => true
        @"2021-01-01" = @"2021-01-01T00:00:00" => null
        @"2021-01-12T10:00:00Z" = @"2021-01-12T18:00:00+08:00" => true
        @"2020-01-01T00:00:00Z" < @"2020-01-01T09:00:00+08:00" => true
        @"2020-01-01T10:00:00+08:00" < @"2020-01-01T09:00:00+02:00" => true
        @"2020-01-01T10:00:00+08:00" >= @"2020-01-01T09:00:00+02:00" => false
        @"10:00:00+08:00" > @"03:00:00+02:00" => true
        @"10:00:00" < @"11:00:00" => true
        @"2020-01-01T00:00:00" < @"2020-01-01T00:00:01" => true
        @"2020-01-01T00:00:00" < @"2020-01-02T00:00:00Z" => null
        @"2020-01-01T00:00:00Z" between @"2020-01-01T07:00:00+08:00" and @"2020-01-01T08:00:00+08:00" => true
        @"2020-01-01T00:00:00Z" < null => null
        @"2020-01-01T00:00:00Z" < 1 => null
        @"PT24H" = @"P1D" => true
        @"P1Y" = @"P365D" => null
        @"2021-06-15" in [@"2021-01-01"..@"2021-12-31"] => true
        @"nonsense" => null
        "#,
    );
}

#[test]
fn types_and_nulls() {
    hold(
        r#"
        1 + null => null
        null = null => true
        null != 1 => true
        null = 1 => false
        {a: null, b: 2, c: [a = b, a != b, b = a, a = a, a != null]}.c => [false, true, false, true, false]
        {a: null, r: a != "x"}.r => true
        {a: [1, null], r: a = null}.r => false
        [null][item = 1] => []
        {a: 1}[a = 1] => [{"a": 1}]
        {a: 1}[a = 2] => []
        1[item > 1] => []
        1 = null => false
        null < 1 => null
        true and null => null
        false and null => false
        true or null => true
        false or null => null
        true and 1 => null
        "a" + 1 => null
        "a" + "b" => "ab"
        "a" - "b" => null
        "a" < "b" => true
        1 < "a" => null
        1 = "1" => null
        [1, 2] = [1, 2] => true
        [1, 2] = [2, 1] => false
        [1, 2] + [3] => null
        -null => null
        if null then 1 else 2 => 2
        if true then 1 else 2 => 1
        5 between 1 and 10 => true
        5 between 6 and 10 => false
        null between 1 and 2 => null
        [1, 2, 3][1] => 1
        [1, 2, 3][-1] => 3
        [1, 2, 3][0] => null
        [1, 2, 3][4] => null
        [1, 2, 3][item > 1] => [2, 3]
        [{a: 1}, {a: 2}][a = 2] => [{"a": 2}]
        [{a: 1}, {b: 2}][a = null] => [{"b": 2}]
        1[1] => 1
        1[2] => null
        "x"[item = "x"] => ["x"]
        null[1] => null
        [][1] => null
        {a: [1]}.a => [1]
        count([1, 2, 3][item > 5]) => 0
        1 instance of number => true
        1 instance of string => false
        "a" instance of string => true
        null instance of string => false
        [1] instance of list<number> => true
        [1, "a"] instance of list<number> => false
        [1, "a"] instance of list<Any> => true
        {a: 1} instance of context<a: number> => true
        {a: "x"} instance of context<a: number> => false
        {a: 1, b: 2} instance of context<a: number> => true
        [1..2] instance of range<number> => true
        @"P1Y" instance of years and months duration => true
        @"P1D" instance of days and time duration => true
        @"P1D" instance of years and months duration => false
        @"2020-01-01" instance of date => true
        @"2020-01-01T00:00:00" instance of date and time => true
        @"10:00:00" instance of time => true
        true instance of boolean => true
        for i in 1..3 return i => [1, 2, 3]
        for i in 3..1 return i => [3, 2, 1]
        for i in [1, 2], j in [3, 4] return i * j => [3, 4, 6, 8]
        for i in 0..4 return if i = 0 then 1 else i * partial[-1] => [1, 1, 2, 6, 24]
        for i in [] return i => []
        for d in @"2020-01-01"..@"2020-01-03" return d.day => [1, 2, 3]
        some x in [1, null] satisfies x > 0 => true
        some x in [] satisfies x => false
        every x in [] satisfies x => true
        every x in [1, 2] satisfies x > 1 => false
        "\u0041\n" => "A\n"
        "\U01F40E" => "🐎"
        "\"" => "\""
        (function(x, y: number) x + y)(1, 2) => 3
        {f: function(a, b) a - b, r: f(b: 1, a: 3)}.r => 2
        {f: function(n: number) n, r: f("x")}.r => null
        {f: function(a, b) a, r: f(1)}.r => null
        abs("a") => null
        abs(1, 2) => null
        abs() => null
        modulo(dividend: 12, divisor: 5) => 2
        modulo(dividend: 12, nonsense: 5) => null
        before(point1: 1, point2: 2) => true
        list contains(list: [1], element: 1) => true
        decimal(n: 1.26, scale: 1) => 1.3
        "#,
    );
}
