use std::fmt;

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// The standard error of the mean; NaN of fewer than two values.
    pub error: f64,
}

impl Mean {
    /// Of independent values; NaN of none.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let value = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|each| (each - value).powi(2)).sum();
        Mean { value, error: (squares / (count - 1.0) / count).sqrt() }
    }
}

/// With as many decimals as the format says, or 2, and the error where there is one; a dash for NaN.
impl fmt::Display for Mean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().unwrap_or(2);
        let mut text = match self.value.is_nan() {
            true => "–".to_owned(),
            false => format!("{:.decimals$}", self.value),
        };
        if self.error.is_finite() {
            text += &format!(" ± {:.decimals$}", self.error);
        }
        let width = f.width().unwrap_or(0);
        write!(f, "{text:>width$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_have_their_standard_error() {
        let mean = Mean::of(&[1.0, 2.0, 6.0]);
        assert_eq!(mean.value, 3.0);
        // The sample variance is 7.
        assert!((mean.error - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(format!("{mean:>14.1}|"), "     3.0 ± 1.5|");
        assert_eq!(format!("{:6}|", Mean::of(&[1.0])), "  1.00|");
        assert_eq!(format!("{:3}|", Mean::of(&[])), "  –|");
    }
}
