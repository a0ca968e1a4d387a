use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment, in microseconds since 1970. Displays as RFC 3339 in UTC:
/// `2026-01-31T09:30:00.000250Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let (year, month, day) = civil(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let date = format!("{year:04}-{month:02}-{day:02}");
        f.pad(&format!("{date}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z"))
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March, so that the leap day comes last; 719,468 days lie between
/// 0000-03-01 and 1970-01-01 (Hinnant, chrono-compatible low-level date algorithms,
/// `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_from_march + 2) / 5 + 1;
    let month = if months_from_march < 10 { months_from_march + 3 } else { months_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference: `date --utc --rfc-3339=ns --date=@SECONDS`.
    #[test]
    fn moments_display_as_rfc_3339() {
        let text = |seconds: u64| Timestamp(seconds * 1_000_000).to_string();
        assert_eq!(text(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(text(951_782_400), "2000-02-29T00:00:00.000000Z");
        assert_eq!(text(1_000_000_000), "2001-09-09T01:46:40.000000Z");
        assert_eq!(text(4_107_542_399), "2100-02-28T23:59:59.000000Z");
        assert_eq!(text(4_107_542_400), "2100-03-01T00:00:00.000000Z");
        assert_eq!(text(253_402_300_799), "9999-12-31T23:59:59.000000Z");
        assert_eq!(Timestamp(1_769_851_800_000_250).to_string(), "2026-01-31T09:30:00.000250Z");
        assert!(Timestamp(u64::MAX).to_string().starts_with("586524-"));
    }

    #[test]
    fn days_follow_one_another() {
        let mut before = civil(0);
        for day in 1..200_000 {
            let (year, month, date) = civil(day);
            assert!(
                (year, month, date) == (before.0, before.1, before.2 + 1)
                    || (year, month, date) == (before.0, before.1 + 1, 1)
                    || (year, month, date) == (before.0 + 1, 1, 1) && before.1 == 12,
                "{before:?} {year}-{month}-{date}"
            );
            before = (year, month, date);
        }
    }
}
