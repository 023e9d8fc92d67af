//! Compressed content unfolded piece by piece, never further than it may.
//!
//! Invariants: pure; holds a small buffer whatever the content unfolds to; total over any bytes:
//! what is damaged unfolds as far as it goes. Must not know: what the content is of.

use flate2::{Decompress, FlushDecompress, Status};
use kernel::{Error, Result};

/// Bytes unfolded at once.
const PIECE: usize = 64 * 1024;

/// One compressed content, fed in parts.
pub(super) struct Unfolding {
    state: Decompress,
    most: u64,
    over: bool,
}

impl Unfolding {
    /// A content that may unfold to so many bytes.
    pub(super) fn new(most: u64) -> Unfolding {
        Unfolding { state: Decompress::new(true), most, over: false }
    }

    /// Bytes it unfolded to so far.
    pub(super) fn size(&self) -> u64 {
        self.state.total_out()
    }

    /// Bytes of the parts that belonged to it.
    pub(super) fn used(&self) -> usize {
        usize::try_from(self.state.total_in()).unwrap_or(usize::MAX)
    }

    /// Unfolds the next part, into `kept` where somebody reads it. Errors: `draft.file_unfolds`
    /// for more than it may unfold to.
    pub(super) fn feed(&mut self, part: &[u8], mut kept: Option<&mut Vec<u8>>) -> Result<()> {
        let mut piece = vec![0; PIECE];
        let mut at = 0;
        while !self.over {
            let (used, size) = (self.state.total_in(), self.state.total_out());
            let rest = part.get(at..).unwrap_or_default();
            let status = self.state.decompress(rest, &mut piece, FlushDecompress::None);
            let read = usize::try_from(self.state.total_in() - used).unwrap_or_default();
            let wrote = usize::try_from(self.state.total_out() - size).unwrap_or_default();
            at += read;
            if self.state.total_out() > self.most {
                return Err(Error::invalid("draft.file_unfolds"));
            }
            if let Some(kept) = kept.as_deref_mut() {
                kept.extend(piece.get(..wrote).unwrap_or_default());
            }
            self.over = !matches!(status, Ok(Status::Ok | Status::BufError));
            if read == 0 && wrote == 0 {
                break;
            }
        }
        Ok(())
    }
}
