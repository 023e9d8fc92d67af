//! Services that fail as tests want them to.

use crate::instance::service::{Outcome, Run, Service};
use flow::process::Variables;
use kernel::Error;
use serde_json::{Value as Json, json};

/// Services of tests: `test.flaky` fails while `broken` is true in what it is given or a setting
/// says so; `test.code` ends with the error code it is given; `test.outside` runs with no
/// transaction open and tells its key.
pub(crate) const SERVICES: &[Service] = &[
    Service {
        topic: "test.flaky",
        run: Run::Within(|ctx, work| {
            Box::pin(async move {
                let sql = "SELECT value FROM setting WHERE name = 'test.broken'";
                let broken: Option<String> = ctx.scalar(sql, store::vals![]).await?;
                let sql = "INSERT INTO setting (name, value) VALUES ($1, 'tried')
                     ON CONFLICT (name) DO NOTHING";
                ctx.execute(sql, store::vals![format!("test.{}", work.key)]).await?;
                if broken.as_deref() == Some("yes") {
                    return Err(Error::unavailable("the test broke it"));
                }
                Ok(Outcome::Done([("answer".to_owned(), json!(42))].into()))
            })
        }),
    },
    Service {
        topic: "test.code",
        run: Run::Within(|_, work| {
            Box::pin(async move {
                let code = work.input.get("code").and_then(Json::as_str).unwrap_or("E1");
                Ok(Outcome::Failed(code.to_owned()))
            })
        }),
    },
    Service {
        topic: "test.outside",
        run: Run::Outside(|_, work| {
            Box::pin(async move {
                let mut result = Variables::new();
                result.insert("key".to_owned(), Json::from(work.key.clone()));
                result.extend(work.input.clone());
                Ok(Outcome::Done(result))
            })
        }),
    },
];
