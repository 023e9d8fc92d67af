//! What the payment notice and the e-receipts print; they are documents of the case, sealed by its
//! agency, and verified by anyone like every other.
//!
//! Must not know: how paper is set.

use super::number::yuan;
use super::store::{StoredBill, StoredReceipt};
use crate::case::{self, OwnPaper};
use ::store::Ctx;
use kernel::{Result, Text};
use serde_json::{Value as Json, json};

fn field(zh: &str, en: &str, value: &str) -> Json {
    json!({ "label": Text::new(zh, en), "value": value, "wide": true })
}

/// The payment notice (缴款通知书).
pub(super) async fn notice(
    ctx: &mut Ctx,
    bill: &StoredBill,
    fees: &[super::BillFee],
) -> Result<()> {
    let amount = yuan(bill.amount_fen);
    let mut fields = vec![
        field("缴款码", "Payment number", &bill.number),
        field("应缴金额（元）", "Amount (CNY)", &amount),
        field("办件编号", "Case number", &bill.case_number),
    ];
    for fee in fees {
        fields.push(field(&fee.name.zh, &fee.name.en, &yuan(fee.amount_fen)));
    }
    let statement = Text::new(
        "请凭缴款码通过银行缴款，或者到窗口缴款。缴款入账后开具电子票据。",
        "Pay through a bank with the payment number, or at the window. An e-receipt follows.",
    );
    let waits = Text::new(
        "本事项缴款后送达结果，缴款前送达期限停止计算。",
        "The result is delivered once this is paid; until then the time to deliver stands still.",
    );
    let statements = if bill.waits == 0 { vec![statement] } else { vec![statement, waits] };
    let paper = OwnPaper {
        kind: "payment_notice",
        title: Text::new("非税收入缴款通知书", "Notice of Payment"),
        number: bill.number.clone(),
        content: json!({ "fields": fields, "statements": statements }),
    };
    case::owe(ctx, &bill.case_id, paper).await
}

/// An e-receipt (电子票据), blue or red.
pub(super) async fn receipt(ctx: &mut Ctx, bill: &StoredBill, one: &StoredReceipt) -> Result<()> {
    let mut fields = vec![
        field("票据代码", "Code", &one.code),
        field("票据号码", "Number", &one.number),
        field("校验码", "Check code", &one.check_code),
        field("金额（元）", "Amount (CNY)", &yuan(one.amount_fen)),
        field("缴款码", "Payment number", &bill.number),
        field("缴款日期", "Paid on", &bill.paid_day),
    ];
    let red = one.kind == "red";
    if red {
        fields.push(field("冲红理由", "Why it is reversed", &one.reason));
    }
    let title = match red {
        true => Text::new("财政电子票据（红字）", "Fiscal E-receipt, Reversal"),
        false => Text::new("财政电子票据", "Fiscal E-receipt"),
    };
    let statement = match red {
        true => Text::new(
            "冲销同一缴款码下的原票据。",
            "Reverses the receipt of the same payment number.",
        ),
        false => Text::new("收讫。", "Received."),
    };
    let paper = OwnPaper {
        kind: if red { "red_receipt" } else { "e_receipt" },
        title,
        number: format!("{}-{}", one.code, one.number),
        content: json!({ "fields": fields, "statements": [statement] }),
    };
    case::owe(ctx, &bill.case_id, paper).await
}
