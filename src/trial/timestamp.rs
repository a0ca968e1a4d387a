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

impl Timestamp {
    /// Reads what [`Display`](fmt::Display) writes and what other programs write of the kind: a space
    /// for the `T`, any digits of a second or none, and for the `Z` an offset (`+02:00`) or nothing,
    /// which counts as UTC. `None` for other text, and for moments before 1970.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't', ' '])?;
        let mut parts = date.split('-').map(digits);
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let is_date = parts.next().is_none()
            && (1970..=LAST_YEAR).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day);
        let days = is_date.then(|| days_from_civil(year, month, day))?;
        // 31 days of a shorter month would be a day of the next.
        (civil(days) == (year, month, day)).then_some(())?;

        let zone = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
        let (time, zone) = (rest[..zone].trim_end(), &rest[zone..]);
        let mut parts = time.splitn(3, ':');
        let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
        let (second, fraction) = match parts.next() {
            Some(seconds) => seconds.split_once(['.', ',']).unwrap_or((seconds, "0")),
            None => ("0", "0"),
        };
        let second = digits(second)?;
        (hour < 24 && minute < 60 && second <= 60).then_some(())?;
        fraction.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
        let of_day = (hour * 3600 + minute * 60 + second) * 1_000_000 + digits(&micros)?;
        let local = i128::from(days) * 86_400_000_000 + i128::from(of_day);
        u64::try_from(local - i128::from(offset(zone)?) * 1_000_000).ok().map(Timestamp)
    }
}

/// The last year that a timestamp reaches.
const LAST_YEAR: u64 = 586_524;

fn digits(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    text.parse().ok()
}

/// Seconds by which a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let (sign, ahead) = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => return (zone.len() <= 1).then_some(0),
        Some(b'-') => (-1, &zone[1..]),
        Some(_) => (1, &zone[1..]),
    };
    let (hours, minutes) = match ahead.split_once(':') {
        Some((hours, minutes)) => (hours, minutes),
        None if ahead.len() == 4 && ahead.is_ascii() => ahead.split_at(2),
        None => (ahead, "0"),
    };
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60) as i64)
}

/// The inverse of [`civil`] (Hinnant, `days_from_civil`).
fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let months_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * months_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
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
    fn moments_are_read_as_programs_write_them() {
        for micros in [0, 1, 951_782_400_000_000, 1_769_851_800_000_250, u64::MAX] {
            let moment = Timestamp(micros);
            assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment));
        }
        // Reference: `date --utc --date=TEXT +%s`.
        let seconds = |text: &str| Timestamp::parse(text).map(|moment| moment.0 / 1_000_000);
        assert_eq!(seconds("2026-01-31 09:30:00"), Some(1_769_851_800));
        assert_eq!(seconds("2026-01-31T09:30"), Some(1_769_851_800));
        assert_eq!(seconds("2026-01-31 11:30:00.5+02:00"), Some(1_769_851_800));
        assert_eq!(seconds("2026-01-31 05:00:00-0430"), Some(1_769_851_800));
        assert_eq!(
            Timestamp::parse("2026-01-31 09:30:00.123456789"),
            Some(Timestamp(1_769_851_800_123_456))
        );
        for text in [
            "",
            "2026",
            "2026-01-31",
            "2026-02-30 09:30:00",
            "2026-13-01 09:30:00",
            "1969-12-31 23:59:59",
            "2026-01-31 24:00:00",
            "2026-01-31 09:30:00.x",
            "2026-01-31 09:30:00 Zulu",
            "99999999999999999999-01-01 00:00:00",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
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
