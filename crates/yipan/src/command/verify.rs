//! `yipan verify FILE…`: what `yipan-verify` does, as a command of the whole program.

use super::Found;
use kernel::Result;
use yipan_verify::Options;

/// Verifies every file; a fault when one does not hold.
pub fn run(options: &Options) -> Result<Found> {
    let now = store::Clock::system(0).now();
    let good = yipan_verify::run(options, now, &mut |line| say!("{line}"))?;
    Ok(if good { Found::Good } else { Found::Fault })
}
