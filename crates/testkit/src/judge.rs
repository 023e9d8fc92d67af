//! Programs of others as judges: Python clients in the environment the test run made.

use serde_json::Value as Json;

/// Runs a Python program with an order as its argument: what it printed, or why it refused.
pub async fn judge(program: &'static str, order: Json) -> Result<String, String> {
    let python = std::env::var("YIPAN_TEST_PYTHON")
        .expect("YIPAN_TEST_PYTHON, which `cargo xtask test` sets, names no interpreter");
    let run = move || {
        std::process::Command::new(python)
            .args(["-c", program, &order.to_string()])
            .env("PYTHONIOENCODING", "utf-8")
            .env("NO_PROXY", "*")
            .output()
            .expect("the Python environment of the tests cannot be run")
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(text(&output.stderr)),
    }
}
