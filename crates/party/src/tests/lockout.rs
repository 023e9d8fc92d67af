//! The length of lock-outs.

use crate::account::lock_us_for_test as lock_us;
use kernel::time::SECOND_US;
use proptest::prelude::*;

#[test]
fn the_first_four_failures_lock_nothing_and_the_fifth_locks_a_minute() {
    let minutes: Vec<i64> = (1..=12).map(|n| lock_us(n) / (60 * SECOND_US)).collect();
    assert_eq!(minutes, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
}

proptest! {
    #[test]
    fn a_lock_never_shrinks_and_never_passes_an_hour(failures in 0_i64..1_000_000) {
        prop_assert!(lock_us(failures) <= lock_us(failures + 1));
        prop_assert!(lock_us(failures) <= 3_600 * SECOND_US);
    }
}
