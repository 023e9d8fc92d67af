//! What somebody wants done with a case. A command is a wish: it carries what the act needs and
//! nothing the engine can find out itself.

use kernel::calendar::Limit;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A wish. Texts are as the officer or applicant wrote them, in the language of the case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// The items this one depends on are done: the application is received now.
    Release,
    /// Accepts; tolerated materials may follow against the applicant's written promise.
    Accept {
        /// Ids of missing materials; empty when complete.
        tolerated: Vec<String>,
        /// The applicant's promise; needed when materials are tolerated.
        promise: String,
    },
    /// Refuses to accept (许可法 32).
    RefuseAcceptance {
        /// Why.
        reasons: String,
        /// Where the applicant may turn.
        remedies: String,
        /// The article applied.
        article: String,
    },
    /// Asks, once, for everything to be mended.
    AskCorrection {
        /// Names of form fields.
        fields: Vec<String>,
        /// Ids of materials.
        materials: Vec<String>,
        /// What is wrong and how to mend it.
        note: String,
    },
    /// The applicant mends what was asked, all at once.
    SupplyCorrection {
        /// Names of the fields mended.
        fields: Vec<String>,
        /// Ids of the materials supplied.
        materials: Vec<String>,
    },
    /// The applicant supplies a tolerated material.
    SupplyTolerated {
        /// Id of the material.
        material: String,
    },
    /// Starts a special procedure; the decision's clocks stand still.
    Suspend {
        /// Id of a procedure of the profile.
        procedure: String,
        /// Number of the notice to the applicant.
        document: String,
        /// The article applied.
        article: String,
        /// The time needed, as told to the applicant in writing (许可法 45).
        needed: String,
    },
    /// Ends the special procedure.
    Resume {
        /// What it found.
        result: String,
    },
    /// Extends the time to decide, once (许可法 42).
    Extend {
        /// By how much.
        amount: Limit,
        /// Why, as told to the applicant.
        reason: String,
        /// The article applied.
        article: String,
    },
    /// Decides.
    Decide {
        /// Grant or refuse.
        granted: bool,
        /// The officer's opinion; may be empty in an automatic grant.
        opinion: String,
        /// Reasons; needed for a refusal (许可法 38).
        reasons: String,
        /// The article applied.
        article: String,
        /// Reconsideration and litigation; needed for a refusal (许可法 38).
        remedies: String,
        /// The explanation of the rule when a machine decides; `None` when a person does.
        automatic: Option<Value>,
    },
    /// What must be paid before delivery is not paid: the time to deliver stands still.
    AwaitPayment {
        /// What is to be paid.
        cause: String,
        /// The article by which it is charged.
        article: String,
    },
    /// It has been paid: the time to deliver goes on.
    SettlePayment,
    /// Delivers the licence.
    Issue {
        /// Identifier of the licence.
        licence: String,
    },
    /// Closes the case: the result has been delivered.
    Complete,
    /// The procedure by which the item is examined has begun.
    BeginProcedure {
        /// Id of its instance.
        instance: String,
        /// Id of the procedure.
        process: String,
        /// The version it keeps.
        version: i64,
    },
    /// The procedure has come to its end: what it proposes is laid before who decides.
    EndProcedure {
        /// Id of its instance.
        instance: String,
        /// Id of the end it reached; empty when it ended otherwise.
        end: String,
        /// What it proposes; `None` when it leaves it open.
        granted: Option<bool>,
        /// The last opinion given; may be empty.
        opinion: String,
    },
    /// The later check of what was promised has begun (告知承诺的事后核查).
    BeginCheck {
        /// Id of its instance.
        instance: String,
        /// Id of the procedure.
        process: String,
        /// The version it keeps.
        version: i64,
    },
    /// The later check has come to its end.
    EndCheck {
        /// Id of its instance.
        instance: String,
        /// Id of the end it reached; empty when it ended otherwise.
        end: String,
        /// Whether the promise was kept; `None` when the check left it open.
        kept: Option<bool>,
        /// The last opinion given; may be empty.
        opinion: String,
    },
    /// The head confirms the grant by hand, after a later check that found nothing.
    ConfirmCheck {
        /// On what grounds.
        opinion: String,
        /// The article applied.
        article: String,
    },
    /// The applicant withdraws, before the decision.
    Withdraw {
        /// Why, if told.
        reason: String,
    },
    /// The correction is overdue: the application counts as withdrawn.
    Lapse,
    /// The time to accept passed in silence: accepted as of the day of receipt (许可法 32).
    DeemAccepted,
    /// The tolerated materials are overdue: acceptance is revoked.
    LapseTolerance,
    /// An item this one depends on failed, or the head ends what can no longer be decided.
    Terminate {
        /// Which, and how; or why.
        reason: String,
        /// The article applied, where the head ends it.
        article: Option<String>,
    },
    /// Revokes a grant (许可法 69).
    Revoke {
        /// Why.
        reason: String,
        /// The article applied.
        article: String,
    },
    /// A grant on which this one rests was revoked.
    LoseBasis {
        /// Of which item.
        item: String,
    },
    /// The head upholds a grant that came into question.
    Uphold {
        /// On what grounds.
        opinion: String,
        /// The article applied.
        article: String,
    },
    /// Opens again what was refused, withdrawn, lapsed or ended by mistake.
    Reopen {
        /// Why.
        reason: String,
        /// The article applied.
        article: String,
    },
    /// Hands the case to the agency that has the power to decide it (移送).
    Transfer {
        /// Id of the agency that hands it over.
        from: String,
        /// Id of the agency that has the power.
        to: String,
        /// Why.
        reason: String,
        /// The article that gives that agency the power.
        article: String,
    },
    /// The agency it is handed to takes it over.
    TakeOver,
    /// That agency has not answered in time, and has it by its silence.
    DeemTakenOver,
    /// That agency gives it back: it lacks the power as well.
    ReturnTransfer {
        /// Why.
        reason: String,
    },
    /// The item this one depended on was opened again: it waits for it as before.
    Restore {
        /// Which, and how.
        reason: String,
    },
    /// The applicant asks that a person decide (个人信息保护法 24).
    RequestHumanReview,
    /// The applicant holds data of a registry for wrong: no machine decides on them meanwhile.
    DisputeData {
        /// Paths of the facts.
        facts: Vec<String>,
    },
    /// The source has corrected data the case uses.
    CorrectData {
        /// Paths of the facts.
        facts: Vec<String>,
    },
    /// An officer takes the case.
    Claim {
        /// Account of the officer.
        officer: String,
    },
    /// The officer in charge gives the case back to the list.
    Unclaim,
    /// The officer in charge, or the head, gives the case to another.
    HandOver {
        /// Account of the other officer.
        to: String,
        /// Why.
        reason: String,
    },
}

/// The name of a command, for menus, permissions and the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // Each is explained at the variant of `Command` it names.
pub enum CommandName {
    Release,
    Accept,
    RefuseAcceptance,
    AskCorrection,
    SupplyCorrection,
    SupplyTolerated,
    Suspend,
    Resume,
    Extend,
    BeginProcedure,
    EndProcedure,
    Decide,
    AwaitPayment,
    SettlePayment,
    Issue,
    Complete,
    BeginCheck,
    EndCheck,
    ConfirmCheck,
    Withdraw,
    Lapse,
    DeemAccepted,
    LapseTolerance,
    Terminate,
    Revoke,
    LoseBasis,
    Uphold,
    Reopen,
    Transfer,
    TakeOver,
    DeemTakenOver,
    ReturnTransfer,
    Restore,
    RequestHumanReview,
    DisputeData,
    CorrectData,
    Claim,
    Unclaim,
    HandOver,
}

impl CommandName {
    /// True for what, of a case somebody has claimed, he or the head alone does.
    pub fn is_of_who_has_charge(self) -> bool {
        matches!(
            self,
            CommandName::Accept
                | CommandName::RefuseAcceptance
                | CommandName::AskCorrection
                | CommandName::Suspend
                | CommandName::Resume
                | CommandName::Decide
                | CommandName::Unclaim
                | CommandName::HandOver
                | CommandName::Transfer
        )
    }

    /// Every name, in the order of the table.
    pub const ALL: [CommandName; 39] = [
        CommandName::Release,
        CommandName::Accept,
        CommandName::DeemAccepted,
        CommandName::RefuseAcceptance,
        CommandName::AskCorrection,
        CommandName::SupplyCorrection,
        CommandName::Lapse,
        CommandName::SupplyTolerated,
        CommandName::LapseTolerance,
        CommandName::Suspend,
        CommandName::Resume,
        CommandName::Extend,
        CommandName::BeginProcedure,
        CommandName::EndProcedure,
        CommandName::Decide,
        CommandName::AwaitPayment,
        CommandName::SettlePayment,
        CommandName::Issue,
        CommandName::Complete,
        CommandName::BeginCheck,
        CommandName::EndCheck,
        CommandName::ConfirmCheck,
        CommandName::Withdraw,
        CommandName::Terminate,
        CommandName::Revoke,
        CommandName::LoseBasis,
        CommandName::Uphold,
        CommandName::Reopen,
        CommandName::Transfer,
        CommandName::TakeOver,
        CommandName::DeemTakenOver,
        CommandName::ReturnTransfer,
        CommandName::Restore,
        CommandName::RequestHumanReview,
        CommandName::DisputeData,
        CommandName::CorrectData,
        CommandName::Claim,
        CommandName::Unclaim,
        CommandName::HandOver,
    ];

    /// The name as JSON and addresses write it.
    pub fn as_str(self) -> &'static str {
        match self {
            CommandName::Release => "release",
            CommandName::Accept => "accept",
            CommandName::RefuseAcceptance => "refuse_acceptance",
            CommandName::AskCorrection => "ask_correction",
            CommandName::SupplyCorrection => "supply_correction",
            CommandName::SupplyTolerated => "supply_tolerated",
            CommandName::Suspend => "suspend",
            CommandName::Resume => "resume",
            CommandName::Extend => "extend",
            CommandName::BeginProcedure => "begin_procedure",
            CommandName::EndProcedure => "end_procedure",
            CommandName::Decide => "decide",
            CommandName::AwaitPayment => "await_payment",
            CommandName::SettlePayment => "settle_payment",
            CommandName::Issue => "issue",
            CommandName::Complete => "complete",
            CommandName::BeginCheck => "begin_check",
            CommandName::EndCheck => "end_check",
            CommandName::ConfirmCheck => "confirm_check",
            CommandName::Withdraw => "withdraw",
            CommandName::Lapse => "lapse",
            CommandName::DeemAccepted => "deem_accepted",
            CommandName::LapseTolerance => "lapse_tolerance",
            CommandName::Terminate => "terminate",
            CommandName::Revoke => "revoke",
            CommandName::LoseBasis => "lose_basis",
            CommandName::Uphold => "uphold",
            CommandName::Reopen => "reopen",
            CommandName::Transfer => "transfer",
            CommandName::TakeOver => "take_over",
            CommandName::DeemTakenOver => "deem_taken_over",
            CommandName::ReturnTransfer => "return_transfer",
            CommandName::Restore => "restore",
            CommandName::RequestHumanReview => "request_human_review",
            CommandName::DisputeData => "dispute_data",
            CommandName::CorrectData => "correct_data",
            CommandName::Claim => "claim",
            CommandName::Unclaim => "unclaim",
            CommandName::HandOver => "hand_over",
        }
    }
}

impl Command {
    /// The name of the command.
    pub fn name(&self) -> CommandName {
        match self {
            Command::Release => CommandName::Release,
            Command::Accept { .. } => CommandName::Accept,
            Command::RefuseAcceptance { .. } => CommandName::RefuseAcceptance,
            Command::AskCorrection { .. } => CommandName::AskCorrection,
            Command::SupplyCorrection { .. } => CommandName::SupplyCorrection,
            Command::SupplyTolerated { .. } => CommandName::SupplyTolerated,
            Command::Suspend { .. } => CommandName::Suspend,
            Command::Resume { .. } => CommandName::Resume,
            Command::Extend { .. } => CommandName::Extend,
            Command::BeginProcedure { .. } => CommandName::BeginProcedure,
            Command::EndProcedure { .. } => CommandName::EndProcedure,
            Command::Decide { .. } => CommandName::Decide,
            Command::AwaitPayment { .. } => CommandName::AwaitPayment,
            Command::SettlePayment => CommandName::SettlePayment,
            Command::Issue { .. } => CommandName::Issue,
            Command::Complete => CommandName::Complete,
            Command::BeginCheck { .. } => CommandName::BeginCheck,
            Command::EndCheck { .. } => CommandName::EndCheck,
            Command::ConfirmCheck { .. } => CommandName::ConfirmCheck,
            Command::Withdraw { .. } => CommandName::Withdraw,
            Command::Lapse => CommandName::Lapse,
            Command::DeemAccepted => CommandName::DeemAccepted,
            Command::LapseTolerance => CommandName::LapseTolerance,
            Command::Terminate { .. } => CommandName::Terminate,
            Command::Revoke { .. } => CommandName::Revoke,
            Command::LoseBasis { .. } => CommandName::LoseBasis,
            Command::Uphold { .. } => CommandName::Uphold,
            Command::Reopen { .. } => CommandName::Reopen,
            Command::Transfer { .. } => CommandName::Transfer,
            Command::TakeOver => CommandName::TakeOver,
            Command::DeemTakenOver => CommandName::DeemTakenOver,
            Command::ReturnTransfer { .. } => CommandName::ReturnTransfer,
            Command::Restore { .. } => CommandName::Restore,
            Command::RequestHumanReview => CommandName::RequestHumanReview,
            Command::DisputeData { .. } => CommandName::DisputeData,
            Command::CorrectData { .. } => CommandName::CorrectData,
            Command::Claim { .. } => CommandName::Claim,
            Command::Unclaim => CommandName::Unclaim,
            Command::HandOver { .. } => CommandName::HandOver,
        }
    }
}
