use std::fmt;

use super::matched::Matched;
use crate::text::counted;

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        if let Some(reason) = &self.refused {
            return write!(f, "not used, because {reason}");
        }
        let parameters = &self.parameters;
        match self.trials.len() {
            complete if complete == self.all => write!(f, "{}", counted(complete, "trial"))?,
            complete => write!(f, "{} of {}", counted(complete, "complete trial"), self.all)?,
        }
        if !parameters.same.is_empty() {
            write!(f, "; {} can be used", parameters.same.join(", "))?;
        }
        for (name, difference) in &parameters.differing {
            write!(f, "; {name} can be used in part: {difference}")?;
        }
        for (name, difference) in &parameters.other {
            write!(f, "; {name} cannot be used: {difference}")?;
        }
        if !parameters.new.is_empty() {
            write!(f, "; nothing is known of {}", parameters.new.join(", "))?;
        }
        if !parameters.gone.is_empty() {
            write!(f, "; {} ignored, not in this study", parameters.gone.join(", "))?;
        }
        self.remarks.iter().try_for_each(|remark| write!(f, "; {remark}"))
    }
}
