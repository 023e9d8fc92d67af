//! What is a citation of a law that the packs know.

use crate::Province;

#[test]
fn only_articles_of_laws_the_packs_know_are_cited() {
    let province = Province::embedded().unwrap();
    let laws = province.laws();
    for cited in [
        "行政许可法第三十八条",
        "《行政许可法》第三十八条",
        "《中华人民共和国行政许可法》第三十八条第二款",
        "行政许可法第三十二条第一款第（三）项、第三十四条",
        "母婴保健法第二十三条；行政许可法第六十九条",
        "国务院办公厅关于解决无户口人员登记户口问题的意见（国办发〔2015〕96号）第三部分",
        "行政许可法 第 12 条",
    ] {
        assert!(laws.cites(cited), "{cited}");
    }
    for not_cited in [
        "",
        "、",
        "根本不存在的法第九百九十九条",
        "行政许可法",
        "行政许可法第条",
        "行政许可法第三十八条以及别的",
        "第三十八条",
        "乱写第一条",
        "行政许可法第三十八条、乱写第一条",
        "随便写的条文",
    ] {
        assert!(!laws.cites(not_cited), "{not_cited}");
    }
    assert!(!laws.cites(&"行政许可法第三十八条、".repeat(100)));
    // Whatever a basis cites can be cited.
    for item in province.items() {
        for basis in &item.basis {
            assert!(laws.cites(&basis.citation().zh), "{}", basis.citation().zh);
        }
    }
}
